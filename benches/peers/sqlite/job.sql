CREATE TABLE customer(id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT, since INTEGER);
CREATE TABLE sale(id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer(id), article TEXT, price REAL, day INTEGER);
CREATE TABLE journal(what TEXT, sale INTEGER);
CREATE TRIGGER cheap AFTER INSERT ON sale WHEN new.price < 1 BEGIN
  INSERT INTO journal VALUES ('cheap', new.id);
END;
BEGIN;
INSERT INTO customer WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @ROWS@ / 10 + 5)
  SELECT i, printf('name %06d', i * 7919 % 1000003), 'town ' || (i % 97), 1990 + i % 30 FROM n;
INSERT INTO sale WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < @ROWS@)
  SELECT i, i * 31 % (@ROWS@ / 10 + 5) + 1, 'article ' || (i * 17 % 211), (i * 7 % 10007) / 100.0, i % 365 FROM n;
COMMIT;
CREATE INDEX sale_customer ON sale(customer);
CREATE INDEX sale_day ON sale(day, price DESC);
ANALYZE;
CREATE VIEW turnover AS
  SELECT town, count(*) AS sales, sum(price) AS total FROM customer JOIN sale ON customer.id = customer GROUP BY town;
SELECT * FROM turnover WHERE total > 10 ORDER BY total DESC LIMIT 20;
SELECT article, avg(price), min(day), max(day) FROM sale WHERE article LIKE '%1_' GROUP BY article HAVING count(*) > 1;
SELECT day, sum(price) OVER (ORDER BY day, id ROWS BETWEEN 10 PRECEDING AND CURRENT ROW) AS near
  FROM sale WHERE day BETWEEN 100 AND 140 ORDER BY near DESC LIMIT 5;
SELECT name FROM customer WHERE id IN (SELECT customer FROM sale WHERE price > 99) AND since < 2000
  UNION SELECT name FROM customer WHERE name GLOB '*77*' EXCEPT SELECT name FROM customer WHERE town = 'town 7';
SELECT json_group_array(json_object('day', day, 'price', price)) FROM (SELECT day, price FROM sale ORDER BY id LIMIT 50);
UPDATE sale SET price = round(price * 1.1, 2) WHERE day % 7 = 0;
DELETE FROM sale WHERE customer IN (SELECT id FROM customer WHERE since = 1999);
SELECT count(DISTINCT customer), total(price) FROM sale;
SELECT strftime('%Y-%m', '2026-01-01', '+' || day || ' days') AS month, count(*) FROM sale GROUP BY month;
PRAGMA integrity_check;
