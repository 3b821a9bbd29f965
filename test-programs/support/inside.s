# Line 6 begins within the instruction of line 5: `mov $0x9001c083, %eax` is what the processor runs.
    .file 1 "inside.s"
.globl _start
.text
_start:
    .loc 1 5
    nop
    .byte 0xb8
    .loc 1 6
    addl $1, %eax
    nop
    .loc 1 7
    mov $60, %eax
    xor %edi, %edi
    syscall
