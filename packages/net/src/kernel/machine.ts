import { namespacePath } from '../plan/names.ts'
import { type Libc, loadLibc, loadLibNftables } from './libc.ts'
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts'
import { NamespaceSwitch } from './netns.ts'
import { Nft } from './nft.ts'

/** The open ways into one machine's network: its own namespace, and those of instances by name. All synchronous. */
export class Machine implements Disposable {
  readonly libc: Libc
  readonly namespaces: NamespaceSwitch
  readonly route: NetlinkSocket
  readonly netfilter: NetlinkSocket
  readonly nft: Nft
  readonly #hostNetns: string | undefined

  private constructor(libc: Libc, hostNetns: string | undefined, createNft: () => Nft) {
    this.libc = libc
    this.#hostNetns = hostNetns
    this.namespaces = new NamespaceSwitch(libc)
    const open = (family: number) => this.onHost(() => new NetlinkSocket(libc, family))
    this.route = open(NETLINK_ROUTE)
    this.netfilter = open(NETLINK_NETFILTER)
    this.nft = this.onHost(createNft)
  }

  /** @param hostNetns path of the namespace that plays the machine; absent, the process's own */
  static async open(hostNetns: string | undefined): Promise<Machine> {
    const [libc, nftables] = [await loadLibc(), await loadLibNftables()]
    return new Machine(libc, hostNetns, () => new Nft(nftables))
  }

  /** Runs `action` in the machine's namespace: for `/proc/sys` and for sockets. */
  onHost<Result>(action: () => Result): Result {
    return this.namespaces.inside(this.#hostNetns, action)
  }

  /** Runs `action` in an instance's namespace, with a netlink socket of it. */
  inNamespace<Result>(name: string, action: (route: NetlinkSocket) => Result): Result {
    return this.namespaces.inside(namespacePath(name), () => {
      using route = new NetlinkSocket(this.libc, NETLINK_ROUTE)
      return action(route)
    })
  }

  [Symbol.dispose](): void {
    this.route[Symbol.dispose]()
    this.netfilter[Symbol.dispose]()
    this.nft[Symbol.dispose]()
    this.namespaces.close()
  }
}
