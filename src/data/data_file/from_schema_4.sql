-- A data file of schema 4 as one of schema 5: it has neither contexts nor branches.
-- from_schema_5.sql follows.

CREATE TEMP VIEW context AS SELECT 0 AS id, '' AS name;

CREATE TEMP VIEW process_context AS
SELECT NULL AS process, NULL AS ordinal, NULL AS context, NULL AS started WHERE FALSE;

CREATE TEMP VIEW branch AS
SELECT NULL AS file, NULL AS ordinal, NULL AS line, NULL AS jump, NULL AS way WHERE FALSE;

CREATE TEMP VIEW executable AS SELECT object, file, lines, NULL AS branches FROM main.executable;

CREATE TEMP VIEW hit AS SELECT process, 0 AS context, file, lines, functions, NULL AS branches FROM main.hit;
