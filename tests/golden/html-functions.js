forkcov.functions = [[["main",1,1,0,1,1],["worker",41,3,1,1,1],["never",90,0,-1,1,0]],[["run()::{lambda}:3",3,1,5,1,1],["run()::{lambda}:9",9,1,5,1,1]],[],[]];
