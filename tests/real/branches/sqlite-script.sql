CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INT CHECK (age > 0), UNIQUE(name));
CREATE INDEX by_age ON person(age DESC) WHERE age IS NOT NULL;
CREATE VIEW grown AS SELECT name, age FROM person WHERE age >= 18;
CREATE TABLE log(what TEXT, at TEXT DEFAULT 'now');
CREATE TRIGGER logged AFTER INSERT ON person FOR EACH ROW BEGIN INSERT INTO log(what) VALUES (new.name); END;
INSERT INTO person(name, age) VALUES ('Ann', 30), ('Bob', 17), ('Cid', NULL);
INSERT OR IGNORE INTO person(name, age) VALUES ('Ann', 1);
INSERT INTO person(name, age) VALUES ('Ann', 2) ON CONFLICT(name) DO UPDATE SET age = excluded.age + 1;
INSERT INTO person(name, age) VALUES ('Dan', -1);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO person(name, age) SELECT 'p' || i, 1 + i % 90 FROM n;
ANALYZE;
SELECT count(*), min(age), max(age), avg(age), sum(age), total(age), group_concat(name) FROM person WHERE id < 6;
SELECT a.name, b.name FROM person a LEFT JOIN person b ON a.age = b.age AND a.id < b.id WHERE a.id < 9 ORDER BY 1, 2 LIMIT 5 OFFSET 2;
SELECT age, count(*) AS c FROM person GROUP BY age HAVING c > 5 ORDER BY c DESC, age LIMIT 3;
SELECT name FROM person WHERE name LIKE 'p1%' AND age BETWEEN 10 AND 20 OR name GLOB '*9' AND age IN (1, 10, 19) ORDER BY name LIMIT 4;
SELECT * FROM person WHERE age = (SELECT max(age) FROM person) UNION SELECT * FROM person WHERE id = 1 EXCEPT SELECT * FROM person WHERE id = 2;
SELECT name, row_number() OVER (ORDER BY age), sum(age) OVER (PARTITION BY age % 3 ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM person LIMIT 5;
SELECT CASE WHEN age IS NULL THEN 'none' WHEN age > 18 THEN 'grown' ELSE 'child' END, coalesce(age, 0), typeof(age), CAST(age AS TEXT) || 'x' FROM person LIMIT 3;
SELECT substr('hello', 2, 3), upper('a'), length(x'0102'), hex('a'), quote('it''s'), round(2.567, 2), abs(-3), replace('aXa', 'X', 'y'), printf('%05d %s %.2f', 3, 'x', 1.5);
SELECT json_extract('{"a":[1,2,{"b":null}]}', '$.a[2].b'), json_array(1, 'x', NULL), json_object('k', 1), json_set('{}', '$.n', 5), json_type('[1]');
SELECT key, value FROM json_each('[10, "x", {"y": 1}]');
SELECT date('2020-02-28', '+2 days'), strftime('%Y-%j', '2021-03-01'), julianday('2000-01-01'), datetime(0, 'unixepoch');
BEGIN; UPDATE person SET age = age + 1 WHERE id % 2; SAVEPOINT s; DELETE FROM person WHERE id > 400; ROLLBACK TO s; COMMIT;
DELETE FROM person WHERE rowid IN (SELECT id FROM person WHERE age > 80);
ALTER TABLE log ADD COLUMN extra; ALTER TABLE log RENAME TO journal; DROP VIEW grown;
EXPLAIN QUERY PLAN SELECT * FROM person JOIN journal ON what = name WHERE age = 5;
EXPLAIN SELECT name FROM person WHERE age = 3;
CREATE VIRTUAL TABLE words USING fts5(text);
INSERT INTO words VALUES ('the quick brown fox'), ('the lazy dog'), ('quick dogs');
SELECT rowid, snippet(words, 0, '[', ']', '..', 3) FROM words WHERE words MATCH 'quick OR lazy NOT brown';
CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
INSERT INTO boxes VALUES (1, 0, 5), (2, 4, 9); SELECT id FROM boxes WHERE x0 > 3;
PRAGMA integrity_check; PRAGMA table_info(person); PRAGMA foreign_keys = on; PRAGMA page_size;
SELECT * FROM nothing; SELEC 1; SELECT 'open; 
';
.mode csv
SELECT * FROM person LIMIT 2;
.mode box
SELECT * FROM person LIMIT 2;
.mode quote
SELECT 1, 'a', NULL, x'00', 1.5;
.schema
.dump journal
VACUUM;
REINDEX;
.quit
