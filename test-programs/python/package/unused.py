# Never imported.
value = 1
