/**
 * Kernels of a few hundred bytes, put together here: by the first it is found out whether a machine really runs guests, the
 * others stand for guests in tests. Intel SDM volume 2 for the instructions, the Multiboot Specification 0.6.96 for the header.
 */

/** What a tiny kernel does once it runs. */
export type TinyKernelTask =
  /** Uses what guests need of a processor, among it a return from an interrupt, and powers off. */
  | { readonly kind: 'prove' }
  /** Says its exit code, and powers off. */
  | { readonly kind: 'exit'; readonly code: number }
  /** Sleeps until the power button is pressed, and powers off; or sleeps for good. */
  | { readonly kind: 'run' | 'stubborn' }
  /** Prints a text, and says that it panics. */
  | { readonly kind: 'panic'; readonly text: string }

const LOAD_ADDRESS = 0x100000
const HEADER_BYTES = 32
const STACK_ADDRESS = 0x180000
const CODE_SELECTOR = 0x08
const DATA_SELECTOR = 0x10

const COM1 = 0x3f8
const COM2 = 0x2f8
const PVPANIC = 0x505
const PIC_COMMAND = 0x20
const PIC_MASK = 0x21
const PIC2_MASK = 0xa1
// Where SeaBIOS puts the registers of power management (ACPI 6.5, 4.8.3): status, enable and control of PM1.
const PM1_STATUS = 0x600
const PM1_ENABLE = 0x602
const PM1_CONTROL = 0x604
const POWER_BUTTON = 0x0100
const SLEEP_ENABLE = 0x2000
// Where the firmware leaves the timer's interrupt.
const TIMER_VECTOR = 8

const HLT = [0xf4]
const CLI = [0xfa]
const STI = [0xfb]
const FOREVER = [0xeb, 0xfd]

/** The kernel as a file that QEMU boots with `-kernel`. */
export function tinyKernel(task: TinyKernelTask): Buffer {
  const tables = new Tables()
  const start = setUp(tables.address)
  return link(tables, [...start, ...codeOf(task)])
}

function codeOf(task: TinyKernelTask): readonly number[] {
  switch (task.kind) {
    case 'prove':
      return [...enableTimer(), ...STI, ...HLT, ...CLI, ...powerOff()]
    case 'exit':
      return [...print(COM2, `${task.code}\n`), ...powerOff()]
    case 'run':
      return [...outWord(PM1_ENABLE, POWER_BUTTON), ...enableTimer(), ...untilButton(), ...CLI, ...powerOff()]
    case 'stubborn':
      return [...CLI, ...HLT, ...FOREVER]
    case 'panic':
      return [...print(COM1, task.text), ...outByte(PVPANIC, 1), ...CLI, ...HLT, ...FOREVER]
  }
}

function powerOff(): readonly number[] {
  return [...outWord(PM1_CONTROL, SLEEP_ENABLE), ...HLT, ...FOREVER]
}

/** All other interrupts stay away. */
function enableTimer(): readonly number[] {
  return [...outByte(PIC_MASK, 0xfe), ...outByte(PIC2_MASK, 0xff)]
}

/** sti; hlt; in ax, dx; test ah, 1; jz back: wakes with every tick of the timer, 18 times a second. */
function untilButton(): readonly number[] {
  const loop = [...STI, ...HLT, ...CLI, 0x66, 0xba, ...word(PM1_STATUS), 0x66, 0xed, 0xf6, 0xc4, POWER_BUTTON >> 8]
  return [...loop, 0x74, 256 - (loop.length + 2)]
}

/** Own segments, own stack, own table of interrupts: what the loader left is not to be relied on. */
function setUp({ gdtPointer, idtPointer }: Tables['address']): readonly number[] {
  const here = LOAD_ADDRESS + HEADER_BYTES
  const lgdt = [0x0f, 0x01, 0x15, ...long(gdtPointer)]
  const farJump = [0xea, ...long(here + lgdt.length + 7), ...word(CODE_SELECTOR)]
  // mov eax, data; mov ds, eax; mov es, eax; mov ss, eax; mov esp, stack; lidt
  const segments = [0xb8, ...long(DATA_SELECTOR), 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, 0xbc, ...long(STACK_ADDRESS)]
  return [...lgdt, ...farJump, ...segments, 0x0f, 0x01, 0x1d, ...long(idtPointer)]
}

/** The tables of the processor, at a fixed place behind the code. */
class Tables {
  static readonly offset = 0x800
  readonly address = {
    gdtPointer: LOAD_ADDRESS + Tables.offset,
    idtPointer: LOAD_ADDRESS + Tables.offset + 8,
    gdt: LOAD_ADDRESS + Tables.offset + 16,
    handler: LOAD_ADDRESS + Tables.offset + 48,
    idt: LOAD_ADDRESS + Tables.offset + 64,
  }

  bytes(): readonly number[] {
    const { gdt, idt, handler } = this.address
    const gdtBytes = [...quad(0), ...flatSegment(0x9a), ...flatSegment(0x92)]
    const gate = [...word(handler & 0xffff), ...word(CODE_SELECTOR), 0, 0x8e, ...word(handler >>> 16)]
    const idtBytes = [...Array.from({ length: TIMER_VECTOR }, () => quad(0)).flat(), ...gate]
    const pointer = (size: number, address: number) => [...word(size - 1), ...long(address), 0, 0]
    const pointers = [...pointer(gdtBytes.length, gdt), ...pointer(idtBytes.length, idt)]
    // push eax; mov al, 20h; out 20h, al (end of interrupt); pop eax; iret
    const handlerBytes = [0x50, 0xb0, 0x20, 0xe6, PIC_COMMAND, 0x58, 0xcf]
    return [...padded([...padded([...pointers, ...gdtBytes], 48), ...handlerBytes], 64), ...idtBytes]
  }
}

/** A segment of all 4 GiB; `access` says whether it is code or data. */
function flatSegment(access: number): readonly number[] {
  return [0xff, 0xff, 0, 0, 0, access, 0xcf, 0]
}

/** Header, code and tables as one flat file, which says itself where it belongs (flag 16 of the header). */
function link(tables: Tables, code: readonly number[]): Buffer {
  const body = [...padded(code, Tables.offset - HEADER_BYTES), ...tables.bytes()]
  const end = LOAD_ADDRESS + HEADER_BYTES + body.length
  const flags = 0x10000
  const magic = 0x1badb002
  const checksum = -(magic + flags) >>> 0
  const header = [magic, flags, checksum, LOAD_ADDRESS, LOAD_ADDRESS, end, end, LOAD_ADDRESS + HEADER_BYTES].flatMap(long)
  return Buffer.from([...header, ...body])
}

function print(port: number, text: string): readonly number[] {
  return [...Buffer.from(text, 'latin1')].flatMap((byte) => outByte(port, byte))
}

/** mov dx, port; mov al, value; out dx, al */
function outByte(port: number, value: number): readonly number[] {
  return [0x66, 0xba, ...word(port), 0xb0, value, 0xee]
}

/** mov dx, port; mov ax, value; out dx, ax */
function outWord(port: number, value: number): readonly number[] {
  return [0x66, 0xba, ...word(port), 0x66, 0xb8, ...word(value), 0x66, 0xef]
}

function word(value: number): readonly number[] {
  return [value & 0xff, (value >>> 8) & 0xff]
}

function long(value: number): readonly number[] {
  return [...word(value & 0xffff), ...word(value >>> 16)]
}

function quad(value: number): readonly number[] {
  return [...long(value), 0, 0, 0, 0]
}

function padded(bytes: readonly number[], length: number): readonly number[] {
  if (bytes.length > length) throw new RangeError(`${bytes.length} bytes do not fit into ${length}`)
  return [...bytes, ...Array.from({ length: length - bytes.length }, () => 0)]
}
