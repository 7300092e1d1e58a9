package io.fintrail.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** It hands out what a sorted list would, however it comes. */
class TimeQueueTest {
    @Test
    void handsOutStragglersInTheirPlace() {
        assertThat(drained(List.of(1L, 4L, 2L, 4L, 9L, 3L, 10L))).containsExactly(1L, 2L, 3L, 4L, 4L, 9L, 10L);
    }

    @Test
    void goesOnWhereOneOutlierIsFarAhead() {
        assertThat(drained(List.of(1L, 1000L, 2L, 3L, 4L))).containsExactly(1L, 2L, 3L, 4L, 1000L);
    }

    @Test
    void ordersWhatComesWhileItIsTakenFrom() {
        Random random = new Random(47);
        TimeQueue<Long> queue = new TimeQueue<>(Long::compare);
        List<Long> model = new ArrayList<>();
        for (long now = 0; now < 2_000; now++) {
            long at = now + random.nextInt(5);
            queue.add(at);
            model.add(at);
            model.sort(Comparator.naturalOrder());
            assertThat(queue.peek()).isEqualTo(model.get(0));
            if (random.nextInt(3) > 0) {
                assertThat(queue.poll()).isEqualTo(model.remove(0));
            }
        }
        while (!model.isEmpty()) {
            assertThat(queue.poll()).isEqualTo(model.remove(0));
        }
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.poll()).isNull();
    }

    private static List<Long> drained(List<Long> elements) {
        TimeQueue<Long> queue = new TimeQueue<>(Long::compare);
        elements.forEach(queue::add);
        List<Long> drained = new ArrayList<>();
        while (!queue.isEmpty()) {
            drained.add(queue.poll());
        }
        return drained;
    }
}
