CREATE TABLE customer(id integer PRIMARY KEY, name text NOT NULL, town text, since date);
CREATE TABLE sale(id serial PRIMARY KEY, customer integer REFERENCES customer(id), article text, price numeric(10, 2),
  day date);
INSERT INTO customer SELECT i, 'name ' || md5(i::text), 'town ' || i % 97, date '2020-01-01' + i % 700
  FROM generate_series(1, 2000) AS i;
INSERT INTO sale(customer, article, price, day)
  SELECT i * 31 % 2000 + 1, 'article ' || i % 211, (i * 7 % 10007) / 100.0, date '2024-01-01' + i % 365
  FROM generate_series(1, 20000) AS i;
CREATE INDEX sale_customer ON sale(customer);
CREATE INDEX sale_day ON sale(day, price DESC);
ANALYZE;
CREATE VIEW turnover AS
  SELECT town, count(*) AS sales, sum(price) AS total FROM customer JOIN sale ON customer.id = customer GROUP BY town;
SELECT * FROM turnover WHERE total > 10 ORDER BY total DESC LIMIT 20;
EXPLAIN ANALYZE SELECT article, avg(price) FROM sale WHERE article LIKE '%1_' GROUP BY article HAVING count(*) > 1;
SELECT day, sum(price) OVER (ORDER BY day, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW)
  FROM sale WHERE day > date '2024-11-01' ORDER BY 2 DESC LIMIT 5;
CREATE FUNCTION doubled(n integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  IF n > 100 THEN
    RAISE EXCEPTION 'too much: %', n;
  END IF;
  RETURN n * 2;
END $$;
SELECT sum(doubled(i)) FROM generate_series(1, 100) AS i;
DO $$
BEGIN
  PERFORM doubled(101);
EXCEPTION WHEN raise_exception THEN
  RAISE NOTICE 'caught';
END $$;
BEGIN;
UPDATE sale SET price = round(price * 1.1, 2) WHERE extract(dow FROM day) = 0;
SAVEPOINT here;
DELETE FROM sale WHERE customer IN (SELECT id FROM customer WHERE since > date '2021-06-01');
ROLLBACK TO here;
COMMIT;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT count(*) FROM n;
SELECT json_agg(json_build_object('day', day, 'price', price)) FROM (SELECT day, price FROM sale ORDER BY id LIMIT 50) s;
SELECT regexp_replace(name, '([0-9])([a-f])', '\\2\\1', 'g') FROM customer WHERE name ~ '[a-f]{4}' LIMIT 10;
VACUUM ANALYZE sale;
