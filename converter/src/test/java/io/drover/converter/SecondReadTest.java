// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionEffect.EnsureCopyStopped;
import io.drover.converter.ConversionEffect.EnsureSourceClosed;
import io.drover.converter.ConversionEffect.EnsureSourceDigested;
import io.drover.converter.ConversionEffect.EnsureSourceOpen;
import io.drover.converter.ConversionEffect.EnsureVolumeDigested;
import io.drover.engine.Intent;
import io.drover.engine.Outcome;
import io.drover.schemas.ConversionFact.CopyStepBegun;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyStep;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.MigrationMessage.CopyStopped;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import io.drover.schemas.Transfer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a second read of the source proves about a copy that CDI made by VDDK, and when it is. */
class SecondReadTest {
  private final Scene scene = new Scene();
  private final CopyOrder twice = Scene.readTwice("c-1", 2000, 2001);

  @Test
  void theReceiptRestsOnBothSides() {
    scene.copy(twice);

    scene.play();

    var completed = (CopyCompleted) scene.letters.getLast();
    assertThat(completed.receipts()).extracting(Receipt::level).containsOnly(Receipt.Level.BOTH);
    assertThat(completed.receipts())
        .extracting(Receipt::streamChecksum)
        .containsExactly("sha256:2000", "sha256:2001");
    assertThat(completed.receipts()).extracting(Receipt::bytesRead).containsOnly(1500L);
  }

  @Test
  void theLeaseOpensOnlyWhenTheSnapshotWasLetGoBecauseVddkCannotLockDisksUnderIt() {
    scene.copy(twice);
    scene.runTo(EnsureSourceClosed.class);
    assertThat(((EnsureSourceClosed) scene.intent(EnsureSourceClosed.class).effect()).opened())
        .isInstanceOf(CopyEvidence.SnapshotTaken.class);
    assertThat(scene.intents(EnsureSourceOpen.class)).isEmpty();

    scene.succeed(EnsureSourceClosed.class);

    var open = (EnsureSourceOpen) scene.intent(EnsureSourceOpen.class).effect();
    assertThat(open.export()).isTrue();
    assertThat(open.disks()).containsExactly(2000, 2001);
  }

  @Test
  void theLeaseIsLetGoBeforeTheRoundIsOverAndTheChangeIdsStayTheCopys() {
    scene.copy(twice);
    scene.runTo(EnsureSourceDigested.class);

    scene.succeed(EnsureSourceDigested.class);

    var close = (EnsureSourceClosed) scene.intent(EnsureSourceClosed.class).effect();
    assertThat(close.opened()).isInstanceOf(CopyEvidence.LeaseOpened.class);
    assertThat(close.last()).isTrue();
    scene.play();
    assertThat(scene.state.history().changeIds(Scene.MIGRATION))
        .containsEntry(2000, "52 aa/c-1")
        .containsEntry(2001, "52 aa/c-1");
  }

  @Test
  void theVolumeIsReadBackWhenItIsKnownWhatItMustBe() {
    scene.copy(twice);
    scene.runTo(EnsureSourceDigested.class);
    assertThat(scene.intents(EnsureVolumeDigested.class)).isEmpty();

    scene.succeed(scene.intents(EnsureSourceDigested.class).getFirst());

    var readBack = (EnsureVolumeDigested) scene.intent(EnsureVolumeDigested.class).effect();
    assertThat(readBack.disk().deviceKey()).isEqualTo(2000);
    assertThat(readBack.transferred().source()).isEqualTo(Scene.digest(2000));
  }

  @Test
  void aSourceThatIsNotWhatLandedIsCorrupt() {
    scene.copy(twice);
    scene.runTo(EnsureSourceDigested.class);

    scene.see(
        scene.intents(EnsureSourceDigested.class).getFirst().id(),
        new Outcome.Done<>(
            new CopyEvidence.SourceDigested(DiskDigest.v1(Scene.SIZE, "f".repeat(64)), null, 500)));

    scene.play();
    Problem problem = ((CopyFailed) scene.letters.getLast()).problem();
    assertThat(problem.kind()).isEqualTo(Problem.Kind.CORRUPT);
    assertThat(problem.what()).contains("Hard disk 2000").contains("web1");
  }

  @Test
  void underALostLeaseOnlyWhatIsMissingIsReadAgain() {
    scene.copy(twice);
    scene.runTo(EnsureSourceDigested.class);
    List<Intent<ConversionEffect>> reads = scene.intents(EnsureSourceDigested.class);
    scene.succeed(reads.getFirst());

    scene.see(
        reads.getLast().id(), new Outcome.Failed<>(Scene.leaseLost(Problem.Kind.UNAVAILABLE)));

    var close = (EnsureSourceClosed) scene.intent(EnsureSourceClosed.class).effect();
    assertThat(close.last()).isFalse();
    scene.succeed(EnsureSourceClosed.class);
    scene.runTo(EnsureSourceOpen.class);
    assertThat(((EnsureSourceOpen) scene.intent(EnsureSourceOpen.class).effect()).disks())
        .containsExactly(2001);
    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void stoppedMeanwhileItAnswersWhenTheLeaseIsGone() {
    scene.copy(twice);
    scene.runTo(EnsureSourceDigested.class);

    scene.stop("c-1");

    assertThat(scene.intents()).isNotEmpty().allMatch(Intent::stopping);
    scene.rest();
    assertThat(scene.letters).noneMatch(CopyStopped.class::isInstance);
    var stop = (EnsureCopyStopped) scene.intent(EnsureCopyStopped.class).effect();
    assertThat(stop.opened()).isInstanceOf(CopyEvidence.LeaseOpened.class);
    scene.succeed(EnsureCopyStopped.class);
    assertThat(scene.letters).filteredOn(CopyStopped.class::isInstance).hasSize(1);
  }

  @Test
  void whatRunsAndWhatWeReadOurselvesIsReadOnce() {
    scene.copy(Scene.twice(Scene.order("seed", Round.SEED, Transfer.VDDK, 2000)));
    scene.play();
    scene.copy(Scene.twice(Scene.order("cold", Round.FINAL, Transfer.STREAM, 2000)));

    scene.play();

    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
    assertThat(scene.facts)
        .noneMatch(
            fact -> fact instanceof CopyStepBegun begun && begun.step() == CopyStep.READ_SOURCE);
  }
}
