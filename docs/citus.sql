-- The store spread over machines by thread, with Citus 12 or newer on PostgreSQL 15 or newer.
--
-- How: start one daemon on an EMPTY database of the coordinator, so that it makes the tables; end it; run this file
-- with `psql --single-transaction -v ON_ERROR_STOP=1 -f citus.sql`; start the daemons again. The tests of this project do
-- not run on Citus: read "What changes" below before anything depends on it.

SET search_path TO syncropel;

-- 1. Citus makes shards of its own. Eight partitions in each of them would help nobody.
DROP TABLE records;
CREATE TABLE records (
    sequence bigint NOT NULL,
    id text COLLATE "C" NOT NULL,
    thread text COLLATE "C" NOT NULL,
    actor text COLLATE "C" NOT NULL,
    act text COLLATE "C" NOT NULL,
    clock bigint NOT NULL,
    data_type text COLLATE "C" NOT NULL,
    kind text COLLATE "C",
    namespace text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    parents text COLLATE "C" NOT NULL,
    body text COLLATE "C" NOT NULL,
    judged_by text COLLATE "C",
    sig text COLLATE "C",
    PRIMARY KEY (thread, sequence),
    UNIQUE (id, thread),
    UNIQUE (thread, clock, actor)
);
CREATE INDEX records_sequence ON records (sequence);
CREATE INDEX records_actor ON records (actor, sequence);
CREATE INDEX records_kind ON records (left(kind, 256), sequence) WHERE kind IS NOT NULL;

-- 2. What belongs to a thread goes where the thread is.
SELECT create_distributed_table('records', 'thread', shard_count => 64);
SELECT create_distributed_table('refs', 'thread', colocate_with => 'records');
SELECT create_distributed_table('threads', 'thread', colocate_with => 'records');
SELECT create_distributed_table('participants', 'thread', colocate_with => 'records');
SELECT create_distributed_table('fulfilments', 'thread', colocate_with => 'records');
SELECT create_distributed_table('queries', 'thread', colocate_with => 'records');
SELECT create_distributed_table('course', 'thread', colocate_with => 'records');
SELECT create_distributed_table('calls', 'thread', colocate_with => 'records');
SELECT create_distributed_table('decisions', 'thread', colocate_with => 'records');

-- 3. What is small, seldom written and read with everything is on every machine.
SELECT create_reference_table('verdicts');
SELECT create_reference_table('actors');
SELECT create_reference_table('accounts');
SELECT create_reference_table('tokens');
SELECT create_reference_table('namespaces');
SELECT create_reference_table('signers');
SELECT create_reference_table('identity_keys');

-- 4. Not distributed, on the coordinator: head, counters, syncropel_meta, claims, carriers, secrets, kv, store_counts, queues, messages, streams, events, stream_positions, signal_bodies.

-- 5. The functions that read JSON are needed on every machine.
SELECT create_distributed_function('document(text)');
SELECT create_distributed_function('reached(json, text[])');
SELECT create_distributed_function('crosses(json, text[])');
SELECT create_distributed_function('plain_at(json, text[])');
SELECT create_distributed_function('type_of(json)');
SELECT create_distributed_function('text_of(json)');
SELECT create_distributed_function('decimal_of(text)');
SELECT create_distributed_function('number_of(json)');

-- What changes
--
-- * Order. A group of records of several threads becomes a two-phase commit over several machines, which do not become
--   visible at one moment: a reader could see sequence 12 before 11. On one database that cannot happen, and
--   watchers, cursors and the tidings of other daemons rely on it. They would have to stop at the first gap (they know
--   that there are none: `sequence` has no holes), or follow threads, whose records are on one machine and in order.
-- * Writing. All daemons still take turns under one lock of the coordinator, which also keeps `head`. A store that
--   outgrows one writer at a time needs an order for each shard: a lock and a head per group of threads, and a store-wide
--   `sequence` that is only roughly ordered. That is a change of the published contract for readers of the whole store
--   and of none for readers of a thread.
-- * Reading by id, by actor, by kind or by reference without a thread asks every machine. Lists and states of one
--   thread, which are most of the reading, ask one.
-- * Joins of records with refs, course, calls and queries name the sequence alone; they need `AND a.thread = b.thread`,
--   which the columns are there for, to stay on one machine.
-- * Snapshots. REPEATABLE READ holds on each machine for itself: the count and the rows of one answer may differ by
--   what was written between them.
-- * Claims on queries, tokens and namespaces stay on the coordinator and cost what they cost now.
