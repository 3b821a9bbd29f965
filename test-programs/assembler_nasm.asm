; nasm's line table (DWARF 3, no .debug_aranges): an instruction a line, a macro's lines in its body, system calls without a C library.
; processes: 2
; tree: parent > child
; ends: child = 8
        default rel
        extern  log_role
        global  main

%macro  system 1
        mov     eax, %1 ; hit: parent, child
        syscall ; hit: parent, child
%endmacro

        section .rodata
parent: db      "parent", 0
child:  db      "child", 0

        section .text
main:
        push    rbx ; hit: parent
        lea     rdi, [parent] ; hit: parent
        call    log_role wrt ..plt ; hit: parent
        system  57 ; none
        test    eax, eax ; hit: parent, child
        jz      in_child ; hit: parent, child
        mov     edi, eax ; hit: parent
        xor     esi, esi ; hit: parent
        xor     edx, edx ; hit: parent
        xor     r10d, r10d ; hit: parent
        system  61 ; none
        xor     eax, eax ; hit: parent
        pop     rbx ; hit: parent
        ret ; hit: parent
        int3 ; miss

in_child:
        lea     rdi, [child] ; hit: child
        call    log_role wrt ..plt ; hit: child
        mov     edi, 8 ; hit: child
        system  60 ; none
        hlt ; miss

        section .note.GNU-stack noalloc noexec nowrite progbits
