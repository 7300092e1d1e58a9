package io.fintrail.capture;

import io.fintrail.capture.libbpf.BpfCall;
import io.fintrail.capture.libbpf.BpfIterator;
import io.fintrail.capture.libbpf.BpfObject;
import io.fintrail.capture.libbpf.MapValue;
import io.fintrail.capture.libbpf.PerCpuValues;
import io.fintrail.event.TcpEventLayout;
import io.fintrail.event.TcpState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * An audit's ledger in the kernel (bpf/ledger.bpf.h), as far as this side has a part in it: it begins its looks, has it swept
 * behind them, and reads what it has counted. Belongs to the snapshot thread.
 */
final class Ledger {
    static final String SWEEP = "sweep_ledger";

    private static final int SWEEP_BATCH = 256;
    private static final int SWEEP_IS_OVER = 1 << 31;

    /** What is not made where there is no audit. */
    static final List<String> MAPS = List.of(
            "other_places",
            "unplaced",
            "closes",
            "totals",
            "dropped_fins",
            "looked_into",
            ".bss.ledger",
            ".bss.places",
            ".bss.look",
            ".bss.last_looked_into",
            ".bss.ports",
            ".bss.services");

    private static final String OTHER = "other";
    private static final int ACCEPTED = 1 << 16;
    private static final int PORT_BITS = 0xffff;
    private static final int AGES = 8;

    private static final Map<Integer, String> CLEAN = Map.of(
            TcpEventLayout.CLEAN_CLOSE_ACTIVE, "CLEAN_ACTIVE",
            TcpEventLayout.CLEAN_CLOSE_ACTIVE_LATE, "CLEAN_ACTIVE_LATE",
            TcpEventLayout.CLEAN_CLOSE_PASSIVE, "CLEAN_PASSIVE",
            TcpEventLayout.CLEAN_CLOSE_SIMULTANEOUS, "CLEAN_SIMULTANEOUS");

    private final BpfObject object;
    private final BpfCall sweep;
    private final PerCpuValues closes;
    private final PerCpuValues totals;
    private final MapValue services;
    private final MapValue look;
    private final Map<String, String> said = new HashMap<>();
    private final Map<String, Long> saidCloses = new HashMap<>();
    private int number;

    Ledger(BpfObject object, int cpus) {
        this.object = object;
        closes = new PerCpuValues(object.mapFd("closes"), cpus, TcpEventLayout.AUDIT_CLOSES_SIZE);
        totals = new PerCpuValues(object.mapFd("totals"), cpus, TcpEventLayout.AUDIT_TOTALS_SIZE);
        services = new MapValue(object.mapFd(".bss.services"), TcpEventLayout.AUDIT_SERVICES_SIZE);
        look = new MapValue(object.mapFd(".bss.look"), TcpEventLayout.AUDIT_LOOK_SIZE);
        sweep = object.call(SWEEP);
    }

    /** The next look has a new number, and nothing is counted in it yet. */
    void beginLook() {
        object.setFirstWord(".bss.look", ++number);
    }

    /** After the sockets and their holders were looked at. A batch of places at a time; what has told a story may pause. */
    void sweep(BpfIterator.Rows pace) {
        int told = 0;
        for (long first = 0; (told & SWEEP_IS_OVER) == 0; first += SWEEP_BATCH) {
            told = sweep.call(first);
            if ((told & ~SWEEP_IS_OVER) > 0) {
                pace.pause();
            }
        }
    }

    /** All is said again. */
    void forgetWhatWasSaid() {
        said.clear();
        saidCloses.clear();
    }

    /** Fields of a CLOSES note: what has changed since the last. */
    SortedMap<String, String> counted() {
        SortedMap<String, String> changed = new TreeMap<>();
        addCloses(changed);
        SortedMap<String, String> now = new TreeMap<>();
        totals.refresh(0);
        now.put(
                "retransmits",
                "TLP=" + totals.sum(TcpEventLayout.AUDIT_TOTALS_RETRANSMITS_TLP)
                        + " RTO=" + totals.sum(TcpEventLayout.AUDIT_TOTALS_RETRANSMITS_RTO)
                        + " RECOVERY=" + totals.sum(TcpEventLayout.AUDIT_TOTALS_RETRANSMITS_RECOVERY));
        now.put("stories", Long.toString(totals.sum(TcpEventLayout.AUDIT_TOTALS_STORIES)));
        now.put("unplaced", Long.toString(totals.sum(TcpEventLayout.AUDIT_TOTALS_UNPLACED)));
        addLook(now);
        now.forEach((name, value) -> {
            if (!value.equals(said.put(name, value))) {
                changed.put(name, value);
            }
        });
        return changed;
    }

    private void addCloses(SortedMap<String, String> changed) {
        services.refresh();
        int count = Math.min(
                services.intAt(TcpEventLayout.AUDIT_SERVICES_COUNT) + 1, TcpEventLayout.AUDIT_SERVICES_SIZE / 4 - 1);
        Map<String, Long> sums = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            closes.refresh(i);
            String service = i == 0 ? OTHER : service(services.intAt(TcpEventLayout.AUDIT_SERVICES_SERVICE + 4 * i));
            CLEAN.forEach((clean, verdict) -> {
                long sum = closes.sum(TcpEventLayout.AUDIT_CLOSES_CLOSES + 8 * clean);
                if (sum > 0) {
                    sums.merge(verdict + "=" + service, sum, Long::sum);
                }
            });
        }
        sums.forEach((what, sum) -> {
            if (!sum.equals(saidCloses.put(what, sum))) {
                int at = what.indexOf('=');
                changed.merge(what.substring(0, at), what.substring(at + 1) + "=" + sum, (a, b) -> a + " " + b);
            }
        });
    }

    private static String service(int service) {
        return ((service & ACCEPTED) != 0 ? ":" : ">") + (service & PORT_BITS);
    }

    private void addLook(SortedMap<String, String> now) {
        look.refresh();
        StringJoiner halfClosed = new StringJoiner(" ");
        for (TcpState state : TcpState.values()) {
            for (int held = 0; held < 2 && state.number() < 12; held++) {
                int count = look.intAt(TcpEventLayout.AUDIT_LOOK_HALF_CLOSED + 8 * state.number() + 4 * held);
                if (count > 0) {
                    halfClosed.add(state + (held == 1 ? "/held=" : "/orphan=") + count);
                }
            }
        }
        StringJoiner ages = new StringJoiner(",");
        for (int i = 0; i < AGES; i++) {
            ages.add(Integer.toString(look.intAt(TcpEventLayout.AUDIT_LOOK_AGE + 4 * i)));
        }
        now.put("half-closed", halfClosed.toString());
        now.put("ages", ages.toString());
        now.put("age-seconds", Long.toUnsignedString(look.longAt(TcpEventLayout.AUDIT_LOOK_AGE_SECONDS)));
        now.put("places", Integer.toUnsignedString(look.intAt(TcpEventLayout.AUDIT_LOOK_PLACES)));
    }
}
