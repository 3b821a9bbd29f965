import json
import os
import sys

from pyspark.sql import SparkSession

directory, queries = sys.argv[1:]
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
results = {}


def cpu_seconds():
    """What the JVM has used, which does the work: utime and stime of proc_pid_stat(5)."""
    with open(f"/proc/{spark.sparkContext._gateway.proc.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


for table in ["process", "image", "context", "source", "unit", "hit"]:
    spark.read.parquet(f"{directory}/{table}").createOrReplaceTempView(table)
for heading, query in json.loads(queries).items():
    began = cpu_seconds()
    rows = [list(row) for row in spark.sql(query).collect()]
    results[heading] = [rows, cpu_seconds() - began]
print(json.dumps(results))
