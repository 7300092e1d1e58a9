package io.fintrail.capture;

import java.util.Locale;
import java.util.function.Supplier;

/** How the programs get into the kernel. */
public enum Loader {
    /** libbpf where the kernel has BTF, BCC where there are its headers. */
    AUTO,
    /** The object of this build, fitted to the kernel by its BTF. */
    LIBBPF,
    /** Compiled here, against the headers of the running kernel. */
    BCC;

    /**
     * What it comes to on this host; itself unless AUTO.
     *
     * @throws CaptureException if AUTO finds neither BTF nor headers, with what to install
     */
    Loader resolve() {
        return resolve(HostFacts.hasBtf(), KernelHeaders::ofThisKernel);
    }

    Loader resolve(boolean hasBtf, Supplier<KernelHeaders> ofThisKernel) {
        if (this != AUTO) {
            return this;
        }
        if (hasBtf) {
            return LIBBPF;
        }
        KernelHeaders headers = ofThisKernel.get();
        if (headers.fit()) {
            return BCC;
        }
        throw new CaptureException(
                "kernel has no BTF (/sys/kernel/btf/vmlinux missing), and no headers to compile against: "
                        + headers.says() + ": " + headers.cure()
                        + "; or boot a kernel with CONFIG_DEBUG_INFO_BTF=y; `fintrail stuck` works without");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
