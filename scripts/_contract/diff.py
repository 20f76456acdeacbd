class Change:
    pass


def compare(a, b):
    return []
