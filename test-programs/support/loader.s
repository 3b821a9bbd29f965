# A dynamic linker that loads nothing and has no rendezvous: the program ends with 3.
.globl _start
.text
_start:
    mov $60, %eax
    mov $3, %edi
    syscall
