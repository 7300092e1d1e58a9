package io.fintrail.capture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Two looks at the threads of some processes: what each waits in, and whether it ran in between. Bounded: at most
 * {@value #MOST_PROCESSES} processes and {@value #MOST_THREADS} threads of each; what was left out is said.
 */
final class ThreadLooks {
    static final long SPAN_NS = 200_000_000;

    private static final int MOST_PROCESSES = 32;
    private static final int MOST_THREADS = 256;
    private static final int MOST_WAITS = 8;

    private ThreadLooks() {}

    /** Fields of a THREADS note for each process that could be looked at. */
    static List<SortedMap<String, String>> at(Collection<Integer> pids) {
        Map<Integer, Map<Path, String>> before = new LinkedHashMap<>();
        pids.stream().limit(MOST_PROCESSES).forEach(pid -> before.put(pid, scheduled(pid)));
        if (before.isEmpty()) {
            return List.of();
        }
        long sinceNs = System.nanoTime();
        while (System.nanoTime() - sinceNs < SPAN_NS) {
            LockSupport.parkNanos(SPAN_NS - (System.nanoTime() - sinceNs));
        }
        return before.entrySet().stream()
                .filter(e -> !e.getValue().isEmpty())
                .map(e -> fields(e.getKey(), e.getValue(), System.nanoTime() - sinceNs))
                .toList();
    }

    /** How often and how long each thread has run so far, by its folder. */
    private static Map<Path, String> scheduled(int pid) {
        Map<Path, String> threads = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc", Integer.toString(pid), "task"))) {
            for (Path task : tasks) {
                if (threads.size() == MOST_THREADS) {
                    break;
                }
                threads.put(task, text(task, "schedstat"));
            }
        } catch (IOException e) {
            return Map.of(); // it has ended
        }
        return threads;
    }

    private static SortedMap<String, String> fields(int pid, Map<Path, String> before, long spanNs) {
        Map<String, Integer> states = new TreeMap<>();
        Map<String, Integer> waits = new TreeMap<>();
        int ran = 0;
        int looked = 0;
        for (Map.Entry<Path, String> thread : before.entrySet()) {
            String now = text(thread.getKey(), "schedstat");
            if (now.isEmpty()) {
                continue; // it has ended
            }
            looked++;
            ran += now.equals(thread.getValue()) ? 0 : 1;
            states.merge(state(thread.getKey()), 1, Integer::sum);
            waits.merge(wait(thread.getKey()), 1, Integer::sum);
        }
        SortedMap<String, String> fields = new TreeMap<>();
        fields.put("pid", Integer.toString(pid));
        fields.put("threads", Integer.toString(Math.max(looked, threadCount(pid))));
        fields.put("looked", Integer.toString(looked));
        fields.put("ran", Integer.toString(ran));
        fields.put("span", Long.toString(spanNs));
        fields.put("states", counts(states));
        fields.put("waits", counts(waits));
        return fields;
    }

    private static String counts(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
                .limit(MOST_WAITS)
                .map(e -> e.getKey() + ":" + e.getValue())
                .collect(Collectors.joining(","));
    }

    private static int threadCount(int pid) {
        for (String line :
                text(Path.of("/proc", Integer.toString(pid)), "status").split("\n")) {
            if (line.startsWith("Threads:")) {
                return Integer.parseInt(line.replaceAll("\\D", ""));
            }
        }
        return 0;
    }

    /** proc_pid_stat(5): the letter after the name, which may hold anything but ends with the last ')'. */
    private static String state(Path task) {
        String stat = text(task, "stat");
        int end = stat.lastIndexOf(')');
        return end < 0 || end + 2 >= stat.length() ? "?" : stat.substring(end + 2, end + 3);
    }

    /** The system call it is in, or the kernel function where it waits, or "running". */
    private static String wait(Path task) {
        String call = text(task, "syscall").split(" ")[0];
        if (call.matches("\\d+")) {
            return SystemCalls.name(Integer.parseInt(call));
        }
        String channel = text(task, "wchan");
        boolean named = !channel.isEmpty() && !channel.equals("0");
        return named ? channel : call.equals("running") ? call : "unknown";
    }

    private static String text(Path folder, String file) {
        try {
            return Files.readString(folder.resolve(file), StandardCharsets.ISO_8859_1)
                    .strip();
        } catch (IOException e) {
            return ""; // it has ended, or we may not read it
        }
    }
}
