package io.fintrail.capture;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Facts about this host that a recording must carry, read once at start from /proc. */
public final class HostFacts {
    private static final int USER_TIME = 11; // of /proc/PID/stat, counted from behind the name; in USER_HZ
    private static final int CAP_NET_ADMIN = 12; // linux/capability.h
    private static final double TICKS_A_SECOND = 100;

    private HostFacts() {}

    public static String kernelRelease() {
        return firstLine(Path.of("/proc/sys/kernel/osrelease"));
    }

    public static String bootId() {
        return firstLine(Path.of("/proc/sys/kernel/random/boot_id"));
    }

    public static String hostName() {
        return firstLine(Path.of("/proc/sys/kernel/hostname"));
    }

    /** Resident memory of this process, bytes; 0 where it cannot be read. */
    public static long residentBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    static Instant bootedAt() {
        String[] seconds = firstLine(Path.of("/proc/uptime")).split(" ");
        return Instant.now().minusMillis((long) (Double.parseDouble(seconds[0]) * 1000));
    }

    /** Processor time of the calling thread; 0 where the kernel does not count it. */
    static long threadCpuNs() {
        String schedstat = firstLine(Path.of("/proc/thread-self/schedstat"));
        return schedstat.isEmpty() ? 0 : Long.parseLong(schedstat.split(" ")[0]);
    }

    /** Processor time of this process in seconds, to the hundredth; 0 where it cannot be read. */
    public static double processCpuSeconds() {
        String stat = firstLine(Path.of("/proc/self/stat"));
        String[] afterName = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ");
        return afterName.length < 13
                ? 0
                : (Long.parseLong(afterName[USER_TIME]) + Long.parseLong(afterName[USER_TIME + 1])) / TICKS_A_SECOND;
    }

    /** Whether this thread has CAP_NET_ADMIN; true where it cannot be read. */
    static boolean mayAdministerNetworks() {
        try {
            Matcher effective = Pattern.compile("CapEff:\\s*(\\p{XDigit}+)")
                    .matcher(Files.readString(Path.of("/proc/thread-self/status"), StandardCharsets.ISO_8859_1));
            return !effective.find() || (Long.parseUnsignedLong(effective.group(1), 16) >> CAP_NET_ADMIN & 1) != 0;
        } catch (IOException e) {
            return true;
        }
    }

    public static boolean hasBtf() {
        return Files.isReadable(Path.of("/sys/kernel/btf/vmlinux"));
    }

    /** The lockdown mode in force: none, integrity or confidentiality; "none" where the kernel knows none. */
    public static String lockdown() {
        Matcher active = Pattern.compile("\\[(\\w+)]").matcher(firstLine(Path.of("/sys/kernel/security/lockdown")));
        return active.find() ? active.group(1) : "none";
    }

    /**
     * Empty where it cannot be read. In one piece: a sysctl that is a number ends after the first read (proc_dointvec), and
     * what reads a byte first, as Files does where the size says 0, gets one digit.
     */
    static String firstLine(Path path) {
        byte[] line = new byte[256];
        try (InputStream in = new FileInputStream(path.toFile())) {
            return new String(line, 0, Math.max(0, in.read(line)), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** Inode number of the network namespace that a /proc/PID/ns/net or /run/netns path leads to. */
    public static long netnsInode(Path path) throws IOException {
        return ((Number) Files.getAttribute(path, "unix:ino")).longValue();
    }

    public static int possibleCpus() {
        String possible = firstLine(Path.of("/sys/devices/system/cpu/possible"));
        Matcher last = Pattern.compile("(\\d+)$").matcher(possible);
        return last.find()
                ? Integer.parseInt(last.group(1)) + 1
                : Runtime.getRuntime().availableProcessors();
    }
}
