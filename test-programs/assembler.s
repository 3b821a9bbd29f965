# GNU assembler with its own line table: an instruction a line, a macro, data between functions, a jump into the middle.
# processes: 2
# tree: parent > child
# ends: child = 9
    .macro LOAD_ARGUMENT name
    lea \name(%rip), %rdi
    .endm

    .section .rodata
parent:
    .asciz "parent"
child:
    .asciz "child"

    .text
    .globl main
    .type main, @function
main:
    push %rbx # hit: parent
    LOAD_ARGUMENT parent # hit: parent
    call log_role # hit: parent
    call fork # hit: parent
    test %eax, %eax # hit: parent, child
    je in_child # hit: parent, child
    mov %eax, %edi # hit: parent
    xor %esi, %esi # hit: parent
    xor %edx, %edx # hit: parent
    call waitpid # hit: parent
    mov $3, %ecx # hit: parent
again:
    nop # hit: parent
    dec %ecx # hit: parent
    jnz again # hit: parent
    rep stosb # hit: parent
    xor %eax, %eax # hit: parent
    jmp leave # hit: parent
    # Data in the text: no instruction, whatever it decodes to.
    .byte 0x48, 0xb8, 0xff # none
    ud2 # miss
leave:
    pop %rbx # hit: parent
    ret # hit: parent
    .size main, . - main

    .type in_child, @function
in_child:
    LOAD_ARGUMENT child # hit: child
    call log_role # hit: child
    mov $9, %edi # hit: child
    lock incl counter(%rip) # hit: child
    call _exit # hit: child
    hlt # miss
    .size in_child, . - in_child

    .bss
counter:
    .skip 4
    .section .note.GNU-stack, "", @progbits
