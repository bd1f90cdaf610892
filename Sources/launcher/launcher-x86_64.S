/* launcher-x86_64.S: what launcher.c does, in bytes that are UTF-8 too.
 *
 * Hook managers read the hooks that they find as text (prek, overcommit, whatever is written in Python), and end with a
 * failure where a hook is none: a user could not install one beside us. So each byte of this program is below 0x80, or in
 * a well-formed sequence. What that leaves of the processor is enough: push and pop move registers, xor with memory loads
 * one that is zero and stores where zeros are, other operands are in memory, C7 83 (a sequence of UTF-8) stores constants,
 * jumps go forward, and EB XX 90 (another sequence) jumps back by 65 to 128 bytes, over a nop that is never reached.
 * scripts/build.sh looks at what was built, and so does a test.
 *
 * The file is written whole, its headers too (elf(5)): objcopy takes the section as it is. launcher.c says what it does
 * and why, and is what other processors build. */

  .set base, 0x400000
  .set data, 0x500000
  .set path, 0x501000   /* zeros, more of them than an argument can have bytes: 0x20000 (execve(2)) */
  .set room, 0x23000

  /* A constant of eight bytes into a register that is zero, and one of four into the path. */
  .macro load constant, register
  xor base + \constant - start, \register
  .endm
  .macro store text, offset
  .byte 0xC7, 0x83      /* movl $text, offset(%rbx), the offset in four bytes */
  .long \offset
  .ascii "\text"
  .endm
  .macro zero register
  push $0
  pop \register
  .endm

  .text
start:
  .byte 0x7F
  .ascii "ELF"
  .byte 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
  .short 2, 62          /* an executable of x86-64 */
  .long 1
  .quad base + begin - start, headers - start, 0
  .long 0
  .short 64, 56, 2, 0, 0, 0
headers:
  .long 1, 5            /* what runs */
  .quad 0, base, base, end - start, end - start, 0x1000
  .long 1, 6            /* the path's room; of the file it has these headers, which nobody reads */
  .quad 0, data, data, 64, room, 0x1000

  .org 0x100            /* addresses are text as well, here and below */
transaction: .ascii "/reference-transaction\0"
missing:
  .ascii "llmos-hook: refused: the gate of this repository is gone, so nothing can be decided\n"
  .ascii "  next: llmos-hook install\n"
missing_end:

  .org 0x200
begin:
  imul $8, (%rsp), %rdx /* argc */
  pop %rcx
  push %rsp
  pop %rbp              /* argv */
  push %rbp
  add (%rsp), %rdx
  push $8
  add (%rsp), %rdx      /* envp, behind argv's NULL */
  push $path
  pop %rdi
  push %rdi
  pop %rbx              /* the last slash, or the beginning */
  zero %rsi
  xor (%rbp), %rsi
  jz named              /* no argv[0] */

copy:
  zero %rax
  xor (%rsi), %al
  jz named
  xor %al, (%rdi)
  cmp $0x2F, %al
  jnz next
  push %rdi
  pop %rbx
next:
  push $1
  add (%rsp), %rsi
  add (%rsp), %rdi
  pop %rcx
  jnz again             /* always: it is an address */
  .skip 40, 0x20        /* the jump back is long enough to be text */
again:
  .byte 0xEB, copy - . - 1, 0x90

named:
  /* git tells a transaction several times, and only "prepared" is decided: "preparing", "committed" and "aborted" have
   * another seventh letter. */
  zero %rax
  load transaction, %rax
  cmp (%rbx), %rax
  jnz far
  zero %rax
  load transaction + 8, %rax
  cmp 8(%rbx), %rax
  jnz far
  zero %rax
  load transaction + 15, %rax
  cmp 15(%rbx), %rax
  jnz far
  zero %rsi
  xor 8(%rbp), %rsi
  jz far                /* no argv[1] */
  zero %rax
  xor 6(%rsi), %al
  cmp $0x65, %al
  jnz other
far:                    /* as far as a jump goes */
  jz gate
  jnz gate
other:
  /* A hook that was there before may want to know the others too. */
  store ".llm", 0
  store "os-k", 4
  store "ept/", 8
  store "refe", 12
  store "renc", 16
  store "e-tr", 20
  store "ansa", 24
  store "ctio", 28
  store "n\0\0\0", 32
  push $21              /* access(2) */
  pop %rax
  push $path
  pop %rdi
  zero %rsi
  syscall
  .byte 0x3D            /* cmp $0, %eax */
  .long 0
  zero %rdi
  jnz leave             /* there is none */

gate:
  store "/../", 0
  store "llmo", 4
  store "s/bi", 8
  store "n/ll", 12
  store "mos-", 16
  store "gate", 20
  store "\0\0\0\0", 24
  push $path
  pop %rdi
  push %rbp
  pop %rsi
  push $59              /* execve(2) */
  pop %rax
  syscall

  push $1               /* write(2) */
  pop %rax
  push $2
  pop %rdi
  push $(base + missing - start)
  pop %rsi
  push $(missing_end - missing)
  pop %rdx
  syscall
  push $69
  pop %rdi
leave:
  push $60              /* _exit(2) */
  pop %rax
  syscall

  .org 0x400, 0x20
end:
