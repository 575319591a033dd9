// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.engine.StopSignal;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.Token;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When an import of CDI is given up. */
class ImportWatchTest {
  private static final Inventory.Disk DISK = Disks.disk(2000, 1 << 30, null);

  private final AtomicLong now = new AtomicLong(-7);
  private final List<String> reported = new ArrayList<>();
  private final ImportWatch watch =
      new ImportWatch(
          DISK,
          new Attempt(
              new EffectId("effect/1"),
              new Token(1),
              StopSignal.NEVER,
              (subject, what, done, total) -> reported.add(what)),
          now::get);

  private void look(String progress, int restarts) {
    var resource = new GenericKubernetesResource();
    resource.setAdditionalProperty(
        "status", Map.of("progress", progress, "restartCount", restarts));
    watch.at(new DataVolume(resource));
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  /** Looks all the while. */
  private void look(String progress, int restarts, Duration time) {
    for (long left = time.toSeconds(); left > 0; left -= 10) {
      pass(Duration.ofSeconds(10));
      look(progress, restarts);
    }
  }

  @Test
  void oneThatMakesNoProgressIsStalled() {
    look("12.5%", 0);
    look("12.5%", 0, Duration.ofMinutes(29));

    assertThatThrownBy(() -> look("12.5%", 0, Duration.ofMinutes(2)))
        .isInstanceOfSatisfying(CopyFault.class, fault -> says(fault, "import-stalled"));
  }

  @Test
  void oneThatCrashesAgainAndAgainIsGivenUp() {
    look("12.5%", 0);
    look("12.5%", 5, Duration.ofMinutes(5));

    assertThatThrownBy(() -> look("12.5%", 5, Duration.ofMinutes(1)))
        .isInstanceOfSatisfying(CopyFault.class, fault -> says(fault, "import-crashes"));
  }

  @Test
  void crashesAreSeenBeforeItIsGivenUp() {
    look("12.5%", 0);
    look("12.5%", 3);
    look("13%", 3);

    assertThat(reported)
        .containsExactly(
            "importing", "importing, crashed 3 times: CDI gives no reason", "importing");
  }

  private static void says(CopyFault fault, String code) {
    assertThat(fault.problem().code()).isEqualTo(code);
  }

  @Test
  void whatNobodyCouldSeeIsNotHeldAgainstIt() {
    look("12.5%", 0);
    pass(Duration.ofMinutes(40));

    assertThatCode(() -> look("12.5%", 6)).doesNotThrowAnyException();

    assertThatCode(() -> look("12.5%", 6, Duration.ofMinutes(29))).doesNotThrowAnyException();
    assertThatThrownBy(() -> look("12.5%", 6, Duration.ofMinutes(2)))
        .isInstanceOfSatisfying(CopyFault.class, fault -> says(fault, "import-stalled"));
  }
}
