// Signals of a Go program: each one that is sent to it, or to a child of it, comes through its channel once, in order;
// an ignored one does not, and one without a channel kills.
// variant: optimised:
// variant: plain: -gcflags=all="-N -l"
// processes: 3
// tree: parent > child, parent > dies
// ends: child = 4
// ends: dies = SIGTERM
// step-from: main.main
// no-oracle: steps in Go's runtime take minutes
package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func handled(signals chan os.Signal) (count int) {
	for one := range signals { // hit: child
		count++ // hit: child
		switch one {
		case syscall.SIGTERM: // hit: child
			fmt.Println("the last:", one) // hit: child
			return count // hit: child
		case syscall.SIGHUP: // hit: child
			fmt.Println("unexpected") // miss
		default:
			fmt.Println("got", one) // hit: child
			os.NewFile(3, "answer").Write([]byte("!")) // hit: child
		}
	}
	return 0 // miss
}

func child() { // hit: child, dies
	name := os.Args[1] // hit: child, dies
	role(name) // hit: child, dies
	signals := make(chan os.Signal, 10) // hit: child, dies
	signal.Notify(signals, syscall.SIGUSR1) // hit: child, dies
	if name == "child" { // hit: child, dies
		signal.Notify(signals, syscall.SIGTERM) // hit: child
	}
	signal.Ignore(syscall.SIGHUP) // hit: child, dies
	os.NewFile(3, "answer").Write([]byte("!")) // hit: child, dies
	if name == "dies" { // hit: child, dies
		// Any thread may take it: nothing may follow in a line of its own.
		syscall.Kill(os.Getpid(), syscall.SIGTERM); select {} // hit: dies
	}
	os.Exit(handled(signals)) // hit: child
}

func start(name string) (*exec.Cmd, *os.File) { // hit: parent
	from, to, _ := os.Pipe() // hit: parent
	command := exec.Command(os.Args[0], name) // hit: parent
	command.Stdout = os.Stdout // hit: parent
	command.ExtraFiles = []*os.File{to} // hit: parent
	if err := command.Start(); err != nil { // hit: parent
		panic(err) // miss
	}
	to.Close() // hit: parent
	return command, from // hit: parent
}

func main() { // hit: parent, child, dies
	if len(os.Args) > 1 { // hit: parent, child, dies
		child() // hit: child, dies
	}
	role("parent") // hit: parent
	signals := make(chan os.Signal, 10) // hit: parent
	signal.Notify(signals, syscall.SIGWINCH, syscall.Signal(40)) // hit: parent
	for _, one := range []syscall.Signal{syscall.SIGWINCH, 40, syscall.SIGWINCH} { // hit: parent
		syscall.Kill(os.Getpid(), one) // hit: parent
		fmt.Println(<-signals) // hit: parent
	}

	command, answer := start("child") // hit: parent
	one := make([]byte, 1)
	for round := 0; round < 3; round++ { // hit: parent
		answer.Read(one) // hit: parent
		command.Process.Signal(syscall.SIGHUP) // hit: parent
		command.Process.Signal(syscall.SIGUSR1) // hit: parent
	}
	answer.Read(one) // hit: parent
	command.Process.Signal(syscall.SIGTERM) // hit: parent
	fmt.Println(command.Wait()) // hit: parent

	command, answer = start("dies") // hit: parent
	answer.Read(one) // hit: parent
	fmt.Println(command.Wait()) // hit: parent
} // hit: parent
