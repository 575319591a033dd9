// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WorkersTest {

  @Test
  void aDiskWithManyJobsDoesNotHoldUpOneWithFew() throws InterruptedException {
    // Given one thread, busy, and a hundred jobs of one disk waiting
    List<String> order = new ArrayList<>();
    CountDownLatch begin = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(103);
    try (Workers workers = new Workers(1)) {
      Workers.Lane greedy = workers.lane();
      Workers.Lane modest = workers.lane();
      greedy.submit(bench -> {
        try {
          begin.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
        done.countDown();
      });
      for (int i = 0; i < 100; i++) {
        greedy.submit(bench -> note(order, "greedy", done));
      }

      // When
      modest.submit(bench -> note(order, "modest", done));
      modest.submit(bench -> note(order, "modest", done));
      begin.countDown();
      done.await();
    }

    // Then
    assertThat(order.subList(0, 4))
        .containsExactlyInAnyOrder("greedy", "modest", "greedy", "modest");
  }

  private static void note(List<String> order, String who, CountDownLatch done) {
    order.add(who);
    done.countDown();
  }
}
