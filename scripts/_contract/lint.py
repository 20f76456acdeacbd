def problems(d):
    return []
