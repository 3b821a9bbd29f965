import json
import sys
import time

from pyspark.sql import SparkSession

directory, queries = sys.argv[1:]
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
results = {}
for table in ["process", "image", "context", "source", "unit", "hit"]:
    spark.read.parquet(f"{directory}/{table}").createOrReplaceTempView(table)
for heading, query in json.loads(queries).items():
    began = time.monotonic()
    rows = [list(row) for row in spark.sql(query).collect()]
    results[heading] = [rows, time.monotonic() - began]
print(json.dumps(results))
