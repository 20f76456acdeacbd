# Written by scripts/generate. Do not edit: change openapi.yaml or scripts/templates, then run
# scripts/generate

"""Contains endpoint functions for accessing the API"""
