package io.fintrail.lifecycle;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Hands out in order what is put in nearly in order. What is no earlier than the last costs no comparison but that one;
 * only a straggler has to be sorted in.
 */
final class TimeQueue<T> {
    private final Comparator<T> order;
    private final Deque<T> inOrder = new ArrayDeque<>();
    private final PriorityQueue<T> stragglers;

    /** @param order must tell any two apart, for the same input to give the same order */
    TimeQueue(Comparator<T> order) {
        this.order = order;
        stragglers = new PriorityQueue<>(order);
    }

    void add(T element) {
        T last = inOrder.peekLast();
        if (last == null || order.compare(last, element) <= 0) {
            inOrder.addLast(element);
        } else {
            stragglers.add(element);
        }
    }

    @Nullable
    T peek() {
        T first = inOrder.peekFirst();
        if (stragglers.isEmpty()) {
            return first;
        }
        T straggler = stragglers.element();
        return first == null || order.compare(straggler, first) < 0 ? straggler : first;
    }

    /** Takes out what {@link #peek} showed, if that was something. */
    @Nullable
    T poll() {
        T next = peek();
        if (next != null && next == inOrder.peekFirst()) {
            return inOrder.pollFirst();
        }
        return stragglers.poll();
    }

    boolean isEmpty() {
        return inOrder.isEmpty() && stragglers.isEmpty();
    }

    void clear() {
        inOrder.clear();
        stragglers.clear();
    }
}
