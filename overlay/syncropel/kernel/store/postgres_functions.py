"""The functions of the PostgreSQL store: how JSON is read out of bodies, with the answers that SQLite gives.

They belong to the schema, made by its first step. All are pure.
"""

from __future__ import annotations

# PostgreSQL keeps no U+0000 in text and refuses to read it out of JSON. So in what is compared, U+0000 is
# written as U+0001 U+0001 and U+0001 as U+0001 U+0002, which keeps the order by code point; see
# `postgres_values`. A body is stored as it is, where U+0000 is an escape, and is turned over when it is read.
_DOCUMENT = r"""
CREATE FUNCTION document(body text) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE WHEN strpos(body, '\u000') = 0 THEN body ELSE
        regexp_replace(
            regexp_replace(body, '(?<!\\)((?:\\\\)*)\\u0001', '\1\\u0001\\u0002', 'g'),
            '(?<!\\)((?:\\\\)*)\\u0000', '\1\\u0001\\u0001', 'g'
        ) END)::json
$$"""

# Everything that a path reaches, crossing arrays wherever it meets them; arrays at its end, too.
_REACHED = """
CREATE FUNCTION reached(document json, path text[]) RETURNS SETOF json
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH RECURSIVE node (value, level) AS (
        SELECT reached.document, 0
        UNION ALL
        SELECT next.value, next.level FROM node, LATERAL (
            SELECT node.value -> path[node.level + 1] AS value, node.level + 1 AS level
            WHERE node.level < cardinality(path)
            UNION ALL
            SELECT element, node.level FROM json_array_elements(
                CASE json_typeof(node.value) WHEN 'array' THEN node.value ELSE '[]' END
            ) AS element
        ) AS next WHERE next.value IS NOT NULL
    ) SELECT value FROM node WHERE level = cardinality(path)
$$"""

# Whether there is an array somewhere on a path. Up to the first one, `#>` meets objects alone.
_CROSSES = """
CREATE FUNCTION crosses(document json, path text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT EXISTS (
        SELECT 1 FROM generate_series(1, cardinality(path)) AS step
        WHERE json_typeof(document #> path[1:step]) = 'array'
    )
$$"""

# The one value at a path that crosses no array.
_PLAIN_AT = """
CREATE FUNCTION plain_at(document json, path text[]) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN NOT crosses(document, path[1:cardinality(path) - 1]) THEN document #> path END
$$"""

# Types by the names that SQLite gives them; PostgreSQL has one for numbers.
_TYPE = """
CREATE FUNCTION type_of(value json) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE json_typeof(value)
        WHEN 'string' THEN 'text' WHEN 'number' THEN 'real' WHEN 'boolean' THEN value::text
        ELSE json_typeof(value) END
$$"""

# Text is put in order and matched up to a U+0000.
_TEXT = r"""
CREATE FUNCTION text_of(value json) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE json_typeof(value) WHEN 'string'
        THEN split_part(value #>> '{}', E'\x01\x01', 1) END
$$"""

# Numbers are compared exactly; integers beyond 64 bits are doubles, by their shortest decimals.
_DECIMAL = r"""
CREATE FUNCTION decimal_of(digits text) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN length(digits) < 19 OR digits ~ '[.eE]' THEN digits::numeric
        WHEN digits::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN digits::numeric
        WHEN abs(digits::numeric) >= 1.797693134862315807937e308
            THEN (CASE WHEN digits LIKE '-%' THEN '-Infinity' ELSE 'Infinity' END)::numeric
        ELSE digits::double precision::text::numeric END
$$"""

_NUMBER = """
CREATE FUNCTION number_of(value json) RETURNS numeric LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE json_typeof(value) WHEN 'number' THEN decimal_of(value::text) END
$$"""

FUNCTIONS = (_DOCUMENT, _REACHED, _CROSSES, _PLAIN_AT, _TYPE, _TEXT, _DECIMAL, _NUMBER)
