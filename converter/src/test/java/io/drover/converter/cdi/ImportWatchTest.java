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
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    look(progress, restarts, "");
  }

  private void look(String progress, int restarts, String says) {
    watch.at(volume(progress, restarts, "", says));
  }

  private static DataVolume volume(String progress, int restarts, String reason, String says) {
    var resource = new GenericKubernetesResource();
    resource.setMetadata(
        new ObjectMetaBuilder().withNamespace("shop").withName("web-2000").build());
    resource.setAdditionalProperty(
        "status",
        Map.of(
            "progress",
            progress,
            "restartCount",
            restarts,
            "conditions",
            List.of(Map.of("type", "Running", "reason", reason, "message", says))));
    return new DataVolume(resource);
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

  /** What the Running condition says, by CDI 1.57 to 1.66, when the volume is full. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "DataVolume too small to contain image",
        "Unable to process data: Virtual image size 1073741824 is larger than the reported"
            + " available storage 1069547520. A larger PVC is required.",
        "qemu-img: error while writing at byte 4096: No space left on device",
        "write /data/disk.img: disk quota exceeded"
      })
  void oneThatFindsNoRoomTwiceIsRefused(String says) {
    look("12.5%", 0);
    look("12.5%", 1, says);

    assertThatThrownBy(() -> look("12.5%", 2, says))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              says(fault, "volume-too-small");
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
              assertThat(fault.problem().what())
                  .startsWith("Disk Hard disk 1 does not fit the volume shop/web-2000: " + says);
              assertThat(fault.problem().remedy()).contains("filesystem overhead", "free space");
            });
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

  @Test
  void aClaimThatAQuotaHasNoRoomForIsToldAtOnceAndNamedAtLast() {
    String refused = "claims \"web-2000\" is forbidden: exceeded quota: herd";
    look("", 0);
    pass(Duration.ofSeconds(10));
    watch.at(volume("", 0, "ErrExceededQuota", refused));
    for (int minute = 0; minute < 29; minute++) {
      pass(Duration.ofMinutes(1));
      watch.at(volume("", 0, "ErrExceededQuota", refused));
    }
    assertThat(reported).containsExactly("importing", "waiting for its claim: " + refused);
    pass(Duration.ofMinutes(1));

    assertThatThrownBy(() -> watch.at(volume("", 0, "ErrExceededQuota", refused)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              says(fault, "quota-exceeded");
              assertThat(fault.problem().what()).contains("Hard disk 1", refused);
            });
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
