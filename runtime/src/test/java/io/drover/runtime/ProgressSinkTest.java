// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Order;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.EffectId;
import io.drover.schemas.Token;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** Hands report as often as they like; readers hear of it at a pace that they can follow. */
class ProgressSinkTest {
  private final ArrayList<String> heard = new ArrayList<>();
  private final Progress progress =
      ProgressSink.throttled(
          new Order<>(
              new EffectId("e-1"), "k", new Token(1), "Ensure", StopSignal.NEVER, Progress.NONE),
          (order, subject, what, done, total) ->
              heard.add(order.key() + " " + subject + " " + what + " " + done + "/" + total));

  @Test
  void ofManyReportsTheFirstOneASecondAndTheLastAreHeard() {
    long begun = System.nanoTime();

    for (int done = 1; done <= 1000; done++) {
      progress.report("2000", "copying", done, 1000);
    }

    long seconds = (System.nanoTime() - begun) / 1_000_000_000;
    assertThat(heard)
        .hasSizeLessThanOrEqualTo(2 + (int) seconds)
        .startsWith("k 2000 copying 1/1000")
        .endsWith("k 2000 copying 1000/1000");
  }

  @Test
  void disksAndWhatIsDoneToThemDoNotSilenceEachOther() {
    progress.report("2000", "copying", 1, 10);
    progress.report("2001", "copying", 1, 10);
    progress.report("2000", "reading back", 1, 10);

    assertThat(heard).hasSize(3);
  }
}
