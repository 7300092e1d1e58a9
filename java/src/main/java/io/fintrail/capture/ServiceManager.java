package io.fintrail.capture;

import io.fintrail.capture.libbpf.UnixDatagrams;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The service manager that started us, if one did: it is told when we are ready, that we are alive, and that we end
 * (sd_notify(3)). Without one nothing happens. From any thread, one at a time.
 */
public final class ServiceManager implements AutoCloseable {
    private static final long US_PER_MS = 1000;

    private final @Nullable UnixDatagrams socket;
    private final long watchdogMs;

    private ServiceManager(@Nullable UnixDatagrams socket, long watchdogMs) {
        this.socket = socket;
        this.watchdogMs = watchdogMs;
    }

    /** @param environment of this process: NOTIFY_SOCKET, WATCHDOG_USEC */
    public static ServiceManager of(Map<String, String> environment) {
        String path = environment.getOrDefault("NOTIFY_SOCKET", "");
        boolean isSocket = path.startsWith("/") || path.startsWith("@");
        String watchdog = environment.getOrDefault("WATCHDOG_USEC", "");
        return new ServiceManager(
                isSocket ? new UnixDatagrams(path) : null,
                isSocket && watchdog.matches("[1-9]\\d{0,15}") ? Long.parseLong(watchdog) / US_PER_MS : 0);
    }

    /** It expects to hear of us at least this often, in milliseconds; 0 if it does not wait. */
    public long watchdogMs() {
        return watchdogMs;
    }

    public void ready() {
        send("READY=1");
    }

    public void alive() {
        send("WATCHDOG=1");
    }

    public void stopping() {
        send("STOPPING=1");
    }

    private synchronized void send(String text) {
        if (socket != null) {
            socket.send(text);
        }
    }

    @Override
    public synchronized void close() {
        if (socket != null) {
            socket.close();
        }
    }
}
