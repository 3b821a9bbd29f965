// A Go program's processes: os/exec runs a C program, syscall.ForkExec runs the program itself, another gets a file of
// its own and a directory, one is killed, one is
// missing: its process ends without an exec. Between clone (CLONE_VFORK | CLONE_VM) and exec none runs a line.
// also-compile: helpers/target.c -> target
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// processes: 6
// tree: parent > target, parent > again, parent > killed, again > target more
// ends: target = 5
// ends: again = 3
// ends: killed = SIGKILL
// ends: target more = 5
// step-from: main.main
// no-oracle: steps in Go's runtime take minutes
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

func again() { // hit: again
	role("again") // hit: again
	output, err := exec.Command("./target", "target more", "one").Output() // hit: again
	fmt.Printf("%s%v\n", output, err) // hit: again
	os.Exit(3) // hit: again
}

func killed() { // hit: killed
	role("killed") // hit: killed
	os.Stdout.Write([]byte("here")) // hit: killed
	syscall.Kill(os.Getpid(), syscall.SIGKILL) // hit: killed
	fmt.Println("unreachable") // miss
}

func forkExec(arguments ...string) (int, *os.File) { // hit: parent
	from, to, err := os.Pipe() // hit: parent
	if err != nil { // hit: parent
		panic(err) // miss
	}
	pid, err := syscall.ForkExec(os.Args[0], append(os.Args[:1], arguments...), &syscall.ProcAttr{ // hit: parent
		Env:   os.Environ(), // hit: parent
		Files: []uintptr{0, to.Fd(), 2}, // hit: parent
	})
	if err != nil { // hit: parent
		panic(err) // miss
	}
	to.Close() // hit: parent
	return pid, from // hit: parent
}

func wait(pid int) (status syscall.WaitStatus) {
	if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil { // hit: parent
		panic(err) // miss
	}
	return status
}

func main() { // hit: parent, again, killed
	if len(os.Args) > 1 { // hit: parent, again, killed
		if os.Args[1] == "again" { // hit: again, killed
			again() // hit: again
		}
		killed() // hit: killed
		return // miss
	}
	role("parent") // hit: parent
	output, err := exec.Command("./target", "target").Output() // hit: parent
	fmt.Printf("%s%v\n", output, err) // hit: parent

	pid, from := forkExec("again") // hit: parent
	output, _ = io.ReadAll(from) // hit: parent
	fmt.Printf("%s%d\n", output, wait(pid).ExitStatus()) // hit: parent

	pid, from = forkExec("killed") // hit: parent
	output, _ = io.ReadAll(from) // hit: parent
	fmt.Println(string(output), wait(pid).Signal()) // hit: parent

	_, err = exec.Command("./missing").Output() // hit: parent
	fmt.Println(err) // hit: parent
} // hit: parent
