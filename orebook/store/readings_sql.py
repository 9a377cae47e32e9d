"""The SQL of the readings: layout, upsert and queries, each in one place."""

from __future__ import annotations

LAYOUT = """
CREATE TABLE IF NOT EXISTS source (
    content_hash VARCHAR PRIMARY KEY, received BIGINT UNIQUE, receipt VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS reading (
    tag VARCHAR NOT NULL, ts TIMESTAMP NOT NULL, kind VARCHAR NOT NULL,
    value DOUBLE NOT NULL, unit VARCHAR NOT NULL, status VARCHAR NOT NULL,
    received BIGINT NOT NULL, source_row BIGINT NOT NULL, version INTEGER NOT NULL);
"""

# Rows count as if they came one at a time. Keys that stand alone in the batch and are
# new (nearly all) go straight in; only crowded keys need the ordered comparison.
STAGE = (
    """
CREATE OR REPLACE TEMP TABLE staged AS
SELECT tag, ts, kind, value, unit, status, "row" AS source_row, place FROM incoming
""",
    """
CREATE OR REPLACE TEMP TABLE touched AS
WITH span AS (SELECT min(ts) AS low, max(ts) AS high FROM staged)
SELECT known.* FROM reading AS known
SEMI JOIN staged USING (tag, ts, kind)
WHERE known.ts BETWEEN (SELECT low FROM span) AND (SELECT high FROM span)
""",
    """
CREATE OR REPLACE TEMP TABLE crowded AS
SELECT tag, ts, kind FROM staged GROUP BY ALL HAVING count(*) > 1
UNION SELECT tag, ts, kind FROM touched
""",
    """
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT tag, ts, kind, value, unit, status, source_row, 1 AS version, FALSE AS correction
FROM staged ANTI JOIN crowded USING (tag, ts, kind)
""",
    """
INSERT INTO fresh
WITH lined AS (
    SELECT tag, ts, kind, value, unit, status, source_row, -1 AS place, version
    FROM touched
    QUALIFY row_number() OVER (PARTITION BY tag, ts, kind ORDER BY version DESC) = 1
    UNION ALL
    SELECT tag, ts, kind, value, unit, status, source_row, place, NULL
    FROM staged SEMI JOIN crowded USING (tag, ts, kind)),
compared AS (
    SELECT *,
        row(value, unit, status) AS figure,
        lag(row(value, unit, status)) OVER line AS before,
        max(version) OVER line AS base
    FROM lined
    WINDOW line AS (PARTITION BY tag, ts, kind ORDER BY place))
SELECT tag, ts, kind, value, unit, status, source_row,
    coalesce(base, 0)
        + row_number() OVER (PARTITION BY tag, ts, kind ORDER BY place),
    before IS NOT NULL
FROM compared
WHERE place >= 0 AND before IS DISTINCT FROM figure
""",
)

KEEP = """
INSERT INTO reading
SELECT tag, ts, kind, value, unit, status, $received, source_row, version
FROM fresh ORDER BY tag, kind, ts, version
"""

COUNT = """
SELECT count(*) FILTER (NOT correction), count(*) FILTER (correction) FROM fresh
"""

CLEAR = tuple(
    f"DROP TABLE {name}" for name in ("staged", "touched", "crowded", "fresh")
)

SOURCES = "SELECT content_hash, received, receipt FROM source"

# Versions of a reading follow each other without a gap, so a version is replaced
# exactly if the next one exists; corrections are few and this join is nearly free.
_VALID = """
SELECT known.* FROM reading AS known
ANTI JOIN (
    SELECT tag, ts, kind, version - 1 AS version FROM reading
    WHERE version > 1 AND received <= $as_of) AS replaced
USING (tag, ts, kind, version)
WHERE known.received <= $as_of
  AND ($tags IS NULL OR list_contains($tags::VARCHAR[], known.tag))
  AND ($kind IS NULL OR known.kind = $kind)
  AND known.ts >= $since::TIMESTAMP AND known.ts < $until::TIMESTAMP
"""

SELECT = f"""
SELECT tag, ts, kind, value, unit, status, content_hash, source_row, version
FROM ({_VALID}) JOIN source USING (received)
ORDER BY tag, kind, ts
"""

# Sums are taken in order of time: in parallel order their last digit would vary.
MONTHLY = f"""
SELECT date_trunc('month', ts + to_seconds($offset * 3600.0)) AS month, tag, kind,
    count(DISTINCT unit) AS units, min(unit) AS unit, count(*) AS count,
    fsum(value ORDER BY ts) AS total, favg(value ORDER BY ts) AS mean,
    min(value) AS minimum, max(value) AS maximum,
    arg_min(value, ts) AS first, arg_max(value, ts) AS last,
    min(ts) AS first_ts, max(ts) AS last_ts
FROM ({_VALID}) WHERE status <> 'bad'
GROUP BY month, tag, kind
ORDER BY tag, kind, month
"""

HISTORY = """
SELECT version, value, unit, status, received, content_hash, source_row
FROM reading JOIN source USING (received)
WHERE tag = $tag AND ts = $ts::TIMESTAMP AND kind = $kind
ORDER BY version
"""

LAST_STAMPS = "SELECT tag, max(ts) AS last_ts FROM reading GROUP BY tag ORDER BY tag"
