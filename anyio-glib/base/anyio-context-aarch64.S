/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stack switch for 64-bit Arm (AAPCS64).
 *
 * A context that does not run is one pointer to this frame on its own stack, 176 bytes, sp a multiple of 16:
 *
 *   sp +   0   x19 x20 x21 x22 x23 x24 x25 x26 x27 x28
 *   sp +  80   x29 x30
 *   sp +  96   d8 d9 d10 d11 d12 d13 d14 d15
 *   sp + 160   fpcr, 8 bytes unused
 *
 * To the compiler a switch is an ordinary call: all else may be destroyed by it, also the upper halves of v8 to v15. Writing fpcr can
 * cost a pipeline flush and nearly all fibers have the same one, so it is compared and written only when it differs.
 *
 * No mark for guarded control stacks or BTI is written (.note.gnu.property), for the reason that the x86-64 file gives. Signed return
 * addresses are signed with the stack pointer of their own frame and so survive a switch.
 */

        .text

/* void anyio_context_swap (AnyioContext *from, AnyioContext *to): sp is the first field of both. */
        .globl  anyio_context_swap
        .hidden anyio_context_swap
        .type   anyio_context_swap, %function
        .p2align 4
anyio_context_swap:
        .cfi_startproc
        sub     sp, sp, #176
        .cfi_def_cfa_offset 176
        stp     x19, x20, [sp, #0]
        .cfi_rel_offset x19, 0
        .cfi_rel_offset x20, 8
        stp     x21, x22, [sp, #16]
        .cfi_rel_offset x21, 16
        .cfi_rel_offset x22, 24
        stp     x23, x24, [sp, #32]
        .cfi_rel_offset x23, 32
        .cfi_rel_offset x24, 40
        stp     x25, x26, [sp, #48]
        .cfi_rel_offset x25, 48
        .cfi_rel_offset x26, 56
        stp     x27, x28, [sp, #64]
        .cfi_rel_offset x27, 64
        .cfi_rel_offset x28, 72
        stp     x29, x30, [sp, #80]
        .cfi_rel_offset x29, 80
        .cfi_rel_offset x30, 88
        stp     d8, d9, [sp, #96]
        stp     d10, d11, [sp, #112]
        stp     d12, d13, [sp, #128]
        stp     d14, d15, [sp, #144]
        mrs     x2, fpcr
        str     x2, [sp, #160]

        /* Both stacks have the same frame, so the unwind rules above hold on either side of these lines. */
        mov     x3, sp
        str     x3, [x0]
        ldr     x3, [x1]
        mov     sp, x3

        ldr     x4, [sp, #160]
        cmp     x2, x4
        b.ne    2f
1:
        ldp     d8, d9, [sp, #96]
        ldp     d10, d11, [sp, #112]
        ldp     d12, d13, [sp, #128]
        ldp     d14, d15, [sp, #144]
        ldp     x19, x20, [sp, #0]
        ldp     x21, x22, [sp, #16]
        ldp     x23, x24, [sp, #32]
        ldp     x25, x26, [sp, #48]
        ldp     x27, x28, [sp, #64]
        ldp     x29, x30, [sp, #80]
        add     sp, sp, #176
        .cfi_remember_state
        .cfi_def_cfa_offset 0
        .cfi_restore x19
        .cfi_restore x20
        .cfi_restore x21
        .cfi_restore x22
        .cfi_restore x23
        .cfi_restore x24
        .cfi_restore x25
        .cfi_restore x26
        .cfi_restore x27
        .cfi_restore x28
        .cfi_restore x29
        .cfi_restore x30
        ret
        .cfi_restore_state
2:
        msr     fpcr, x4
        b       1b
        .cfi_endproc
        .size   anyio_context_swap, . - anyio_context_swap

/* void anyio_context_prepare (AnyioContext *self, char *low, char *high, void (*entry) (gpointer), gpointer data)
 *
 * Writes the frame of a context that has not run. fpcr is that of the caller, as for a new thread. */
        .globl  anyio_context_prepare
        .hidden anyio_context_prepare
        .type   anyio_context_prepare, %function
        .p2align 4
anyio_context_prepare:
        .cfi_startproc
        and     x2, x2, #~15
        sub     x2, x2, #176
        stp     x3, x4, [x2, #0]        /* x19: entry, x20: data */
        adr     x5, anyio_context_start
        stp     xzr, x5, [x2, #80]      /* x29: the end of the frame pointer chain */
        mrs     x6, fpcr
        str     x6, [x2, #160]
        str     x2, [x0]
        ret
        .cfi_endproc
        .size   anyio_context_prepare, . - anyio_context_prepare

/* The first frame of each fiber, reached by the return of anyio_context_swap(). The undefined return address ends every backtrace
 * here. Unwinders look up the byte before a return address, hence the nop. */
        .type   anyio_context_start, %function
        .p2align 4
        .cfi_startproc
        .cfi_undefined x30
        nop
anyio_context_start:
        mov     x0, x20
        blr     x19
        brk     #0
        .cfi_endproc
        .size   anyio_context_start, . - anyio_context_start

        .section .note.GNU-stack, "", %progbits
