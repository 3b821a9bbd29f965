from role import role

role("main")  # hit: main
