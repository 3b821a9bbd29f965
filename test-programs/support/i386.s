# A 32-bit program: forks a child that exits with 5, makes a thread that ends, and exits with 7.
.set SYS_exit, 1
.set SYS_fork, 2
.set SYS_wait4, 114
.set SYS_clone, 120
.set SYS_exit_group, 252
.set THREAD_FLAGS, 0x10f00

.globl _start
.text
_start:
    mov $SYS_fork, %eax
    int $0x80
    test %eax, %eax
    jz child
    mov $SYS_clone, %eax
    mov $THREAD_FLAGS, %ebx
    mov $stack_end, %ecx
    int $0x80
    test %eax, %eax
    jz thread
    mov $SYS_wait4, %eax
    mov $-1, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    int $0x80
    mov $7, %ebx
    mov $SYS_exit_group, %eax
    int $0x80
child:
    mov $5, %ebx
    jmp end
thread:
    mov $0, %ebx
end:
    mov $SYS_exit, %eax
    int $0x80

.bss
    .space 4096
stack_end:
