import json
import sys
import time

import duckdb

directory, queries = sys.argv[1:]
# It would be written to the standard output when a query takes long.
duckdb.sql("SET enable_progress_bar = false")
results = {}
for table in ["process", "image", "context", "source", "unit", "hit"]:
    files = f"{directory}/{table}/**/*.parquet"
    duckdb.sql(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)")
for heading, query in json.loads(queries).items():
    began = time.process_time()
    rows = duckdb.sql(query).fetchall()
    results[heading] = [rows, time.process_time() - began]
print(json.dumps(results))
