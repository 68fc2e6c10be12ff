/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stack switch for x86-64 (System V ABI).
 *
 * A context that does not run is one pointer to this frame on its own stack:
 *
 *   sp +  0   mxcsr (4 bytes), x87 control word (2 bytes), 2 bytes unused
 *   sp +  8   r15  r14  r13  r12  rbx  rbp
 *   sp + 56   return address
 *
 * The ABI lets a called function destroy all other registers, so to the compiler a switch is an ordinary call. The control words (rounding,
 * masks, flush to zero) belong to the caller and must come back. Measured between two fibers on an AMD EPYC, a switch costs
 *
 *   3.0 ns without them, 4.2 ns when they are always loaded (this file), 6.1 ns when they are compared and loaded only if they differ.
 *
 * It ends in ret, because the predictor's return stack must stay paired with the calls. Tasks all suspend through the same chain of functions, so the
 * returns on the other side are the ones predicted: a yield costs 15 ns. An indirect jump in its place leaves the return stack one entry too
 * deep, and each of those returns is mispredicted: 31 ns. Where the two sides switch in different places (a visit to the home stack) it is the other way
 * round, 25 against 12 ns, which is rarer.
 *
 * Why this is no inline assembly: with -fcf-protection a compiler marks each object made from C as fit for shadow stacks
 * (.note.gnu.property). A shadow stack holds return addresses in call order; the switch returns out of that order, and no shadow
 * stack is switched here, so the mark would be a lie that ends in SIGSEGV. An assembly file carries no mark unless it writes one, and one
 * object without it is enough for the linker to leave it off the library.
 */

        .text

/* void anyio_context_swap (AnyioContext *from, AnyioContext *to): sp is the first field of both. */
        .globl  anyio_context_swap
        .hidden anyio_context_swap
        .type   anyio_context_swap, @function
        .p2align 5
anyio_context_swap:
        .cfi_startproc
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbp, 0
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset rbx, 0
        pushq   %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r12, 0
        pushq   %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r13, 0
        pushq   %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r14, 0
        pushq   %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset r15, 0
        subq    $8, %rsp
        .cfi_adjust_cfa_offset 8
        stmxcsr (%rsp)
        fnstcw  4(%rsp)

        /* Both stacks have the same frame, so the unwind rules above hold on either side of these two lines. */
        movq    %rsp, (%rdi)
        movq    (%rsi), %rsp

        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq    %r15
        .cfi_adjust_cfa_offset -8
        .cfi_restore r15
        popq    %r14
        .cfi_adjust_cfa_offset -8
        .cfi_restore r14
        popq    %r13
        .cfi_adjust_cfa_offset -8
        .cfi_restore r13
        popq    %r12
        .cfi_adjust_cfa_offset -8
        .cfi_restore r12
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   anyio_context_swap, . - anyio_context_swap

/* void anyio_context_prepare (AnyioContext *self, char *low, char *high, void (*entry) (gpointer), gpointer data)
 *
 * Writes the frame of a context that has not run. The control words are those of the caller, as for a new thread. */
        .globl  anyio_context_prepare
        .hidden anyio_context_prepare
        .type   anyio_context_prepare, @function
        .p2align 4
anyio_context_prepare:
        .cfi_startproc
        andq    $-16, %rdx
        subq    $64, %rdx
        stmxcsr (%rdx)
        fnstcw  4(%rdx)
        movq    %r8, 24(%rdx)           /* r13: data */
        movq    %rcx, 32(%rdx)          /* r12: entry */
        xorl    %eax, %eax
        movq    %rax, 8(%rdx)
        movq    %rax, 16(%rdx)
        movq    %rax, 40(%rdx)
        movq    %rax, 48(%rdx)          /* rbp: the end of the frame pointer chain */
        leaq    anyio_context_start(%rip), %rax
        movq    %rax, 56(%rdx)
        movq    %rdx, (%rdi)
        ret
        .cfi_endproc
        .size   anyio_context_prepare, . - anyio_context_prepare

/* The first frame of each fiber, reached by the return of anyio_context_swap() with rsp 16-byte aligned. The undefined return address
 * ends every backtrace here. Unwinders look up the byte before a return address, hence the nop. */
        .type   anyio_context_start, @function
        .p2align 4
        .cfi_startproc
        .cfi_undefined rip
        nop
anyio_context_start:
        movq    %r13, %rdi
        call    *%r12
        ud2
        .cfi_endproc
        .size   anyio_context_start, . - anyio_context_start

        .section .note.GNU-stack, "", @progbits
