package io.fintrail.capture;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where in the kernel's code a segment is freed that a rule of a firewall dropped: nf_hook_slow(). Before kfree_skb had a
 * reason (5.17) its caller is the only one.
 *
 * @param from first address; 0 where it is not known
 * @param to behind the last
 */
record FirewallCode(long from, long to) {
    static final FirewallCode UNKNOWN = new FirewallCode(0, 0);

    private static final String NAME = "nf_hook_slow";

    /** Hidden from whoever may not read addresses (kernel.kptr_restrict), where each is 0. */
    static FirewallCode ofThisKernel() {
        return read(Path.of("/proc/kallsyms"));
    }

    /** @param symbols lines of address in hexadecimal, type and name, ordered by address */
    static FirewallCode read(Path symbols) {
        try (BufferedReader lines = Files.newBufferedReader(symbols, StandardCharsets.ISO_8859_1)) {
            long from = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] parts = line.split("\\s+");
                if (parts.length < 3) {
                    continue;
                }
                long address = Long.parseUnsignedLong(parts[0], 16);
                if (from != 0 && address != from) {
                    return new FirewallCode(from, address);
                }
                if (parts[2].equals(NAME)) {
                    from = address;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // not told
        }
        return UNKNOWN;
    }

    boolean isKnown() {
        return from != 0;
    }
}
