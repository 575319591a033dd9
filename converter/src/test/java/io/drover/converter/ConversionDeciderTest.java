// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionEffect.EnsureCopiesRemoved;
import io.drover.converter.ConversionEffect.EnsureCopyStopped;
import io.drover.converter.ConversionEffect.EnsureDiskTransferred;
import io.drover.converter.ConversionEffect.EnsurePaceKept;
import io.drover.converter.ConversionEffect.EnsureSourceClosed;
import io.drover.converter.ConversionEffect.EnsureSourceDigested;
import io.drover.converter.ConversionEffect.EnsureSourceOpen;
import io.drover.converter.ConversionEffect.EnsureVolumeDigested;
import io.drover.converter.ConversionEffect.EnsureVolumeReady;
import io.drover.engine.Intent;
import io.drover.engine.Outcome;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.RemoveCopies;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.SetPace;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.CopyStep;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.CopiesRemoved;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyDelayed;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.MigrationMessage.CopyLingers;
import io.drover.schemas.MigrationMessage.CopyStopped;
import io.drover.schemas.MigrationMessage.DiskCopied;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import io.drover.schemas.Transfer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The copy protocol, one sentence a test. */
class ConversionDeciderTest {
  private final Scene scene = new Scene();
  private final CopyOrder two = Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000, 2001);
  private final CopyId copy = two.copy();

  @Test
  void aRoundWalksTheItineraryAndEndsWithAReceiptADisk() {
    scene.copy(two);

    scene.play();

    assertThat(scene.letters)
        .extracting(letter -> (Object) letter.getClass())
        .containsExactly(DiskCopied.class, DiskCopied.class, CopyCompleted.class);
    var completed = (CopyCompleted) scene.letters.getLast();
    assertThat(completed.receipts()).extracting(Receipt::diskKey).containsExactly(2000, 2001);
    assertThat(completed.receipts()).extracting(Receipt::level).containsOnly(Receipt.Level.BOTH);
    assertThat(scene.facts.stream().filter(ConversionFact.DiskImported.class::isInstance))
        .hasSize(2);
    assertThat(scene.intents()).isEmpty();
  }

  @Test
  void theSourceIsOpenedOnlyWhenEveryVolumeIsReady() {
    scene.copy(two);
    assertThat(scene.intents(EnsureVolumeReady.class)).hasSize(2);

    scene.succeed(scene.intents(EnsureVolumeReady.class).getFirst());

    assertThat(scene.intents(EnsureSourceOpen.class)).isEmpty();
  }

  @Test
  void aPaceThatWasSetBeforeGoesWithTheOrder() {
    scene.tell(new SetPace(Scene.MIGRATION, 1000));
    scene.copy(two);

    scene.runTo(EnsureDiskTransferred.class);

    assertThat(scene.intents(EnsurePaceKept.class)).isEmpty();
    assertThat(scene.intents(EnsureDiskTransferred.class))
        .extracting(intent -> ((EnsureDiskTransferred) intent.effect()).order().bytesPerSecond())
        .containsExactly(1000L, 1000L);
  }

  @Test
  void aCopyUnderWayIsToldOfItsPaceUntilItKeepsToIt() {
    scene.copy(two);
    scene.runTo(EnsureDiskTransferred.class);

    scene.tell(new SetPace(Scene.MIGRATION, 1000));

    var told = scene.intents(EnsurePaceKept.class).getFirst();
    assertThat(told.effect()).isEqualTo(new EnsurePaceKept(Scene.MIGRATION, 1000));
    scene.tell(new SetPace(Scene.MIGRATION, 2000));
    scene.see(told.id(), new Outcome.Done<>(new CopyEvidence.PaceKept(1000)));
    assertThat(scene.intents(EnsurePaceKept.class))
        .as("the old one says nothing of the new one")
        .extracting(intent -> (Object) intent.effect())
        .containsExactly(new EnsurePaceKept(Scene.MIGRATION, 2000));
    scene.succeed(scene.intents(EnsurePaceKept.class).getFirst());
    assertThat(scene.intents(EnsurePaceKept.class)).isEmpty();
    assertThat(scene.replayed()).isEqualTo(scene.state);
  }

  @Test
  void thePaceOfAnotherMigrationIsNotThisOnes() {
    scene.copy(two);
    scene.runTo(EnsureDiskTransferred.class);

    scene.tell(new SetPace(new MigrationId("m-2"), 1000));

    assertThat(scene.intents(EnsurePaceKept.class)).isEmpty();
  }

  @Test
  void theLeaseIsAFactBeforeItIsUsed() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);

    scene.succeed(EnsureSourceOpen.class);

    assertThat(scene.intents(EnsureDiskTransferred.class))
        .extracting(Intent::lane)
        .containsExactly("disk-2000", "disk-2001");
    assertThat(scene.facts)
        .anyMatch(fact ->
            fact instanceof ConversionFact.CopyStepEnded ended
                && ended.evidence() instanceof CopyEvidence.LeaseOpened);
  }

  @Test
  void saidTwiceWhileItRunsIsDoneOnce() {
    scene.copy(two);
    int before = scene.facts.size();

    scene.copy(two);

    assertThat(scene.facts).hasSize(before);
  }

  @Test
  void saidTwiceWhenItIsOverIsAnsweredOnceMore() {
    scene.copy(two);
    scene.play();
    MigrationMessage answer = scene.letters.getLast();
    int before = scene.facts.size();

    scene.copy(two);

    assertThat(scene.letters.getLast()).isEqualTo(answer);
    assertThat(scene.letters).hasSize(4);
    assertThat(scene.facts).hasSize(before);
  }

  @Test
  void aMismatchNamesTheDiskAndIsNeverCompleted() {
    scene.copy(two);
    runTo(EnsureVolumeDigested.class);
    Intent<ConversionEffect> readBack = scene.intents(EnsureVolumeDigested.class).getFirst();

    scene.see(
        readBack.id(),
        new Outcome.Done<>(
            new CopyEvidence.VolumeDigested(DiskDigest.v1(Scene.SIZE, "f".repeat(64)))));

    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyFailed.class);
    Problem problem = ((CopyFailed) scene.letters.getLast()).problem();
    assertThat(problem.kind()).isEqualTo(Problem.Kind.CORRUPT);
    assertThat(problem.what()).contains("Hard disk 2000").contains("web1");
    assertThat(scene.letters).noneMatch(CopyCompleted.class::isInstance);
  }

  @Test
  void anUnavailableSystemIsWaitedForWithoutEndAndWithABoundedPause() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);

    for (int i = 0; i < 200; i++) {
      scene.fail(EnsureSourceOpen.class, Scene.problem(Problem.Kind.UNAVAILABLE));
      var last = (ConversionFact.CopyStepDelayed) scene.facts.getLast();
      assertThat(last.retryAt()).isBeforeOrEqualTo(scene.now.plusSeconds(60));
      assertThat(scene.shown.getLast()).isEqualTo(new CopyDelayed(last.copy(), last.problem()));
      scene.ring();
    }

    scene.play();
    assertThat(scene.shown.getLast().problem()).isNull();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void aTransientFailureIsBoundedAndTheSourceIsLetGoBeforeCopyFailed() {
    scene.copy(two);
    runTo(EnsureDiskTransferred.class);
    EffectId other = scene.intents(EnsureDiskTransferred.class).getLast().id();

    for (int i = 0; i < 4; i++) {
      scene.see(
          scene.intents(EnsureDiskTransferred.class).getFirst().id(),
          new Outcome.Failed<>(Scene.problem(Problem.Kind.TRANSIENT)));
      if (i < 3) {
        scene.ring();
      }
    }

    assertThat(scene.letters).isEmpty();
    assertThat(scene.intents()).allMatch(Intent::stopping);
    assertThat(scene.intents(EnsureCopyStopped.class)).isEmpty();
    scene.see(other, new Outcome.Stopped<>());
    var stop = (EnsureCopyStopped) scene.intent(EnsureCopyStopped.class).effect();
    assertThat(stop.opened()).isInstanceOf(CopyEvidence.LeaseOpened.class);
    scene.play();
    assertThat(scene.letters).hasSize(1).allMatch(CopyFailed.class::isInstance);
  }

  @ParameterizedTest
  @EnumSource(SourceDamage.class)
  void whatTheSourceSendsDamagedInTheSameWayAgainIsTheSources(SourceDamage damage) {
    scene.copy(Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000));
    runTo(EnsureDiskTransferred.class);
    Problem problem = damage.problem("disk Hard disk 2000 of VM web1", "grain 7 is broken");

    readings(problem, damage.readings());

    scene.play();
    assertThat(scene.letters).hasSize(1);
    Problem said = ((CopyFailed) scene.letters.getLast()).problem();
    assertThat(said.kind()).isEqualTo(Problem.Kind.CORRUPT);
    assertThat(said.what())
        .contains("Hard disk 2000", "grain 7 is broken", damage.readings() + " times");
  }

  @ParameterizedTest
  @EnumSource(SourceDamage.class)
  void damageThatAnotherReadingDoesNotShowEndsNothing(SourceDamage damage) {
    scene.copy(Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000));
    runTo(EnsureDiskTransferred.class);
    Problem problem = damage.problem("disk Hard disk 2000 of VM web1", "grain 7 is broken");

    readings(problem, damage.readings() - 1);

    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void damageInAnotherPlaceEveryTimeIsTheSourcesInTheEnd() {
    scene.copy(Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000));
    runTo(EnsureDiskTransferred.class);

    for (int i = 0; i < 4; i++) {
      assertThat(scene.letters).isEmpty();
      readings(SourceDamage.MALFORMED.problem("disk 2000", "grain " + i + " is broken"), 1);
    }

    scene.play();
    assertThat(((CopyFailed) scene.letters.getLast()).problem().kind())
        .isEqualTo(Problem.Kind.CORRUPT);
  }

  /** So many readings come out like this, each followed by its pause. */
  private void readings(Problem problem, int times) {
    for (int i = 0; i < times; i++) {
      scene.fail(EnsureDiskTransferred.class, problem);
      if (!scene.brain.timers(scene.state).isEmpty()) {
        scene.ring();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Problem.Kind.class,
      names = {"REFUSED", "CORRUPT", "UNKNOWN"})
  void aNoIsFinal(Problem.Kind kind) {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);

    scene.fail(EnsureSourceOpen.class, Scene.problem(kind));

    scene.play();
    assertThat(((CopyFailed) scene.letters.getLast()).problem()).isEqualTo(Scene.problem(kind));
  }

  @Test
  void aLostLeaseStopsTheOtherDisksIsLetGoAndOpenedAnew() {
    scene.copy(two);
    runTo(EnsureDiskTransferred.class);
    List<Intent<ConversionEffect>> first = scene.intents(EnsureDiskTransferred.class);

    scene.see(
        first.getFirst().id(), new Outcome.Failed<>(Scene.leaseLost(Problem.Kind.UNAVAILABLE)));

    assertThat(scene.intents()).hasSize(1).allMatch(Intent::stopping);
    scene.see(first.getLast().id(), new Outcome.Stopped<>());
    var closed = (EnsureSourceClosed) scene.intent(EnsureSourceClosed.class).effect();
    assertThat(closed.last()).isFalse();
    scene.succeed(EnsureSourceClosed.class);
    assertThat(scene.intents()).isEmpty();
    scene.ring();
    var opened = (EnsureSourceOpen) scene.intent(EnsureSourceOpen.class).effect();
    assertThat(opened.disks()).containsExactly(2000, 2001);
    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void aLeaseThatWasLetGoAsNobodyReadIsReplacedAtOnceAndHidesNoTrouble() {
    scene.copy(Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000));
    runTo(EnsureDiskTransferred.class);
    scene.fail(EnsureDiskTransferred.class, Scene.problem(Problem.Kind.UNAVAILABLE));
    scene.ring();

    scene.fail(
        EnsureDiskTransferred.class,
        new Problem(Problem.Kind.UNAVAILABLE, ConversionDecider.LEASE_IDLE, "Let go.", "Nothing."));

    assertThat(scene.shown)
        .singleElement()
        .satisfies(shown ->
            assertThat(shown.problem()).isEqualTo(Scene.problem(Problem.Kind.UNAVAILABLE)));
    scene.succeed(EnsureSourceClosed.class);
    assertThat(scene.intent(EnsureSourceOpen.class).effect())
        .as("without a pause")
        .isInstanceOf(EnsureSourceOpen.class);
    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void roomInTheStagingFolderIsLookedForTwiceAMinute() {
    scene.copy(Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000));
    runTo(EnsureDiskTransferred.class);

    for (int i = 0; i < 20; i++) {
      scene.fail(
          EnsureDiskTransferred.class,
          new Problem(
              Problem.Kind.UNAVAILABLE, ConversionDecider.STAGING_FULL, "No room.", "Nothing."));
      var last = (ConversionFact.CopyStepDelayed) scene.facts.getLast();
      assertThat(last.retryAt()).isBeforeOrEqualTo(scene.now.plusSeconds(30));
      scene.ring();
    }
    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void whatWasWholeBeforeTheLeaseWasLostIsNotReadAgain() {
    scene.copy(two);
    runTo(EnsureDiskTransferred.class);
    List<Intent<ConversionEffect>> first = scene.intents(EnsureDiskTransferred.class);
    scene.succeed(first.getLast());

    scene.see(
        first.getFirst().id(), new Outcome.Failed<>(Scene.leaseLost(Problem.Kind.UNAVAILABLE)));

    scene.succeed(EnsureSourceClosed.class);
    scene.ring();
    var opened = (EnsureSourceOpen) scene.intent(EnsureSourceOpen.class).effect();
    assertThat(opened.disks()).containsExactly(2000);
    scene.play();
    assertThat(scene.letters.getLast()).isInstanceOf(CopyCompleted.class);
  }

  @Test
  void leasesThatBreakAgainAndAgainAreNotTriedForEver() {
    scene.copy(Scene.order("c-1", Round.FINAL, Transfer.STREAM, 2000));

    for (int i = 0; i < 4; i++) {
      runTo(EnsureDiskTransferred.class);
      scene.fail(EnsureDiskTransferred.class, Scene.leaseLost(Problem.Kind.TRANSIENT));
    }

    scene.play();
    assertThat(scene.letters).hasSize(1).allMatch(CopyFailed.class::isInstance);
  }

  @ParameterizedTest
  @EnumSource(
      value = CopyStep.class,
      names = {"PREPARE", "OPEN_SOURCE", "TRANSFER", "CLOSE_SOURCE", "READ_BACK"})
  void stoppedInAnyStepAnswersOnceAndOnlyAtRest(CopyStep step) {
    scene.copy(two);
    runTo(effect(step));

    scene.stop("c-1");
    scene.stop("c-1");

    assertThat(scene.letters).noneMatch(CopyStopped.class::isInstance);
    assertThat(scene.intents()).isNotEmpty().allMatch(Intent::stopping);
    scene.rest();
    assertThat(scene.letters).noneMatch(CopyStopped.class::isInstance);
    assertThat(scene.intents()).hasSize(1);
    scene.succeed(EnsureCopyStopped.class);
    assertThat(scene.letters).filteredOn(CopyStopped.class::isInstance).hasSize(1);
    assertThat(scene.letters).noneMatch(CopyCompleted.class::isInstance);
    assertThat(scene.intents()).isEmpty();
  }

  @Test
  void stoppedWhileItWaitsForATryAnswersToo() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);
    scene.fail(EnsureSourceOpen.class, Scene.problem(Problem.Kind.UNAVAILABLE));

    scene.stop("c-1");

    scene.succeed(EnsureCopyStopped.class);
    assertThat(scene.letters).containsExactly(new CopyStopped(copy));
  }

  @Test
  void aLeaseThatOpensWhileStoppingIsLetGo() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);
    Intent<ConversionEffect> open = scene.intent(EnsureSourceOpen.class);
    scene.stop("c-1");

    scene.succeed(open);

    var stop = (EnsureCopyStopped) scene.intent(EnsureCopyStopped.class).effect();
    assertThat(stop.opened()).isInstanceOf(CopyEvidence.LeaseOpened.class);
  }

  @Test
  void whatMayHaveBeenOpenedIsKnownToWhoStops() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);
    Intent<ConversionEffect> open = scene.intent(EnsureSourceOpen.class);
    scene.stop("c-1");

    scene.see(open.id(), new Outcome.Stopped<>());

    var stop = (EnsureCopyStopped) scene.intent(EnsureCopyStopped.class).effect();
    assertThat(stop.opened()).isNull();
    assertThat(stop.opening()).isTrue();
  }

  @Test
  void aSourceThatNobodyBeganToOpenHoldsNothingOfOurs() {
    scene.copy(two);
    scene.stop("c-1");
    scene.rest();

    var stop = (EnsureCopyStopped) scene.intent(EnsureCopyStopped.class).effect();
    assertThat(stop.opening()).isFalse();
  }

  @Test
  void theStopItselfIsNeverGivenUp() {
    scene.copy(two);
    scene.stop("c-1");
    scene.rest();

    for (int i = 0; i < 100; i++) {
      scene.fail(EnsureCopyStopped.class, Scene.problem(Problem.Kind.REFUSED));
      scene.ring();
    }

    scene.letters.clear();
    scene.succeed(EnsureCopyStopped.class);
    assertThat(scene.letters).containsExactly(new CopyStopped(copy));
  }

  @Test
  void askedToStopWhileItGivesUpIsAnsweredWithStoppedAlone() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);
    scene.fail(EnsureSourceOpen.class, Scene.problem(Problem.Kind.REFUSED));

    scene.stop("c-1");

    scene.play();
    assertThat(scene.letters).containsExactly(new CopyStopped(copy));
  }

  @Test
  void stoppingWhatIsUnknownOrOverIsAnswered() {
    scene.copy(two);
    scene.play();
    scene.letters.clear();

    scene.stop("c-1");
    scene.stop("never-heard-of");

    assertThat(scene.letters)
        .containsExactly(new CopyStopped(copy), new CopyStopped(new CopyId("never-heard-of")));
  }

  @Test
  void anOrderThatComesAfterItsStopIsNotBegun() {
    scene.stop("c-1");

    scene.copy(two);

    assertThat(scene.letters).containsExactly(new CopyStopped(copy), new CopyStopped(copy));
    assertThat(scene.intents()).isEmpty();
  }

  @Test
  void removalOfWhatIsKnownNamesIt() {
    scene.copy(two);
    scene.play();
    scene.letters.clear();

    scene.tell(new RemoveCopies(Scene.MIGRATION));

    var effect = (EnsureCopiesRemoved) scene.intent(EnsureCopiesRemoved.class).effect();
    assertThat(effect.order()).isEqualTo(two);
    assertThat(scene.letters).isEmpty();
    scene.play();
    assertThat(scene.letters).containsExactly(new CopiesRemoved(Scene.MIGRATION));
  }

  @Test
  void removalOfWhatIsUnknownLooksToo() {
    scene.tell(new RemoveCopies(Scene.MIGRATION));

    scene.play();

    assertThat(scene.letters).containsExactly(new CopiesRemoved(Scene.MIGRATION));
  }

  @Test
  void removalThatDoesNotComeAboutIsToldToTheJourneyAndGoesOn() {
    scene.tell(new RemoveCopies(Scene.MIGRATION));
    Problem refused = Scene.problem(Problem.Kind.REFUSED);
    Problem away = Scene.problem(Problem.Kind.UNAVAILABLE);

    scene.fail(EnsureCopiesRemoved.class, away);
    assertThat(scene.letters).isEmpty();
    scene.ring();
    scene.fail(EnsureCopiesRemoved.class, refused);

    assertThat(scene.letters).containsExactly(new CopyLingers(null, Scene.MIGRATION, refused));
    scene.ring();
    scene.fail(EnsureCopiesRemoved.class, away);
    assertThat(scene.letters)
        .hasSize(2)
        .last()
        .isEqualTo(new CopyLingers(null, Scene.MIGRATION, away));
    scene.play();
    assertThat(scene.letters).last().isEqualTo(new CopiesRemoved(Scene.MIGRATION));
  }

  @Test
  void aStopThatDoesNotComeAboutIsToldToTheJourney() {
    scene.copy(two);
    runTo(EnsureDiskTransferred.class);
    scene.stop(two.copy().value());
    scene.rest();
    Problem refused = Scene.problem(Problem.Kind.REFUSED);

    scene.fail(EnsureCopyStopped.class, refused);

    assertThat(scene.letters).last().isEqualTo(new CopyLingers(two.copy(), null, refused));
  }

  @Test
  void removalSaidTwiceIsAnsweredOnceMoreAndDoneOnce() {
    scene.tell(new RemoveCopies(Scene.MIGRATION));
    scene.play();

    scene.tell(new RemoveCopies(Scene.MIGRATION));

    assertThat(scene.intents()).isEmpty();
    assertThat(scene.letters).hasSize(2).containsOnly(new CopiesRemoved(Scene.MIGRATION));
  }

  @Test
  void removalWhileCopyingBringsTheRoundToRestFirst() {
    scene.copy(two);
    runTo(EnsureDiskTransferred.class);

    scene.tell(new RemoveCopies(Scene.MIGRATION));

    assertThat(scene.intents(EnsureCopiesRemoved.class)).isEmpty();
    assertThat(scene.intents()).hasSize(2).allMatch(Intent::stopping);
    scene.play();
    assertThat(scene.letters)
        .extracting(letter -> (Object) letter.getClass())
        .containsExactly(CopyFailed.class, CopiesRemoved.class);
  }

  @Test
  void aLateOrderOfARemovedMigrationIsRefused() {
    scene.tell(new RemoveCopies(Scene.MIGRATION));
    scene.play();

    scene.copy(two);

    assertThat(((CopyFailed) scene.letters.getLast()).problem().code())
        .isEqualTo("copies-were-removed");
    assertThat(scene.intents()).isEmpty();
  }

  @Test
  void anotherRoundWhileOneRunsIsRefusedForNow() {
    scene.copy(two);

    scene.copy(Scene.order("c-2", Round.FINAL, Transfer.STREAM, 2000));

    var failed = (CopyFailed) scene.letters.getLast();
    assertThat(failed.copy()).isEqualTo(new CopyId("c-2"));
    assertThat(failed.problem().kind()).isEqualTo(Problem.Kind.TRANSIENT);
    scene.play();
    assertThat(scene.letters).anyMatch(CopyCompleted.class::isInstance);
  }

  @Test
  void ordersNobodyCanCarryOutAreRefusedByName() {
    CopyOrder none = Scene.order("c-0", Round.FINAL, Transfer.STREAM);

    scene.copy(none);
    scene.copy(Scene.order("c-1", Round.SYNC, Transfer.STREAM, 2000));
    scene.copy(Scene.order("c-2", Round.SYNC, Transfer.VDDK, 2000));
    scene.copy(with("c-3", Inventory.Backing.RDM_PHYSICAL));

    assertThat(scene.letters)
        .extracting(letter -> ((CopyFailed) letter).problem().code())
        .containsExactly(
            "vm-without-disks", "stream-cannot-sync", "change-id-missing", "disk-is-rdm");
    assertThat(scene.intents()).isEmpty();
  }

  @Test
  void aDeltaBeginsAtTheChangeIdsOfTheRoundBefore() {
    scene.copy(Scene.order("seed", Round.SEED, Transfer.VDDK, 2000));
    scene.play();

    scene.copy(Scene.order("sync-1", Round.SYNC, Transfer.VDDK, 2000));

    scene.succeed(EnsureVolumeReady.class);
    scene.succeed(EnsureSourceOpen.class);
    var effect = (EnsureDiskTransferred) scene.intent(EnsureDiskTransferred.class).effect();
    assertThat(effect.order().since()).isEqualTo(Map.of(2000, "52 aa/seed"));
    assertThat(effect.opened()).isInstanceOf(CopyEvidence.SnapshotTaken.class);
  }

  @Test
  void anOrderOfADeltaKeepsThePaceThatItNames() {
    scene.copy(Scene.order("seed", Round.SEED, Transfer.VDDK, 2000));
    scene.play();

    scene.copy(Scene.order("sync-1", Round.SYNC, Transfer.VDDK, 2000).paced(1000));

    var effect = (EnsureVolumeReady) scene.intent(EnsureVolumeReady.class).effect();
    assertThat(effect.order().since()).isNotEmpty();
    assertThat(effect.order().bytesPerSecond()).isEqualTo(1000);
  }

  @Test
  void betweenCheckpointsNothingIsReadBackAndNothingIsClaimed() {
    scene.copy(Scene.order("seed", Round.SEED, Transfer.VDDK, 2000));

    scene.play();

    var completed = (CopyCompleted) scene.letters.getLast();
    assertThat(completed.receipts()).extracting(Receipt::level).containsOnly(Receipt.Level.NONE);
  }

  @Test
  void theFinalRoundOfVddkProvesTheTargetAlone() {
    scene.copy(Scene.order("final", Round.FINAL, Transfer.VDDK, 2000));

    scene.play();

    var completed = (CopyCompleted) scene.letters.getLast();
    assertThat(completed.receipts()).extracting(Receipt::level).containsOnly(Receipt.Level.TARGET);
  }

  @Test
  void aLateOrRepeatedOutcomeChangesNothing() {
    scene.copy(two);
    runTo(EnsureSourceOpen.class);
    Intent<ConversionEffect> open = scene.intent(EnsureSourceOpen.class);
    scene.succeed(open);
    ConversionState before = scene.state;

    scene.see(open.id(), new Outcome.Failed<>(Scene.problem(Problem.Kind.REFUSED)));
    scene.see(new EffectId("c-1/TRANSFER/2000/7"), new Outcome.Stopped<>());

    assertThat(scene.state).isEqualTo(before);
  }

  @Test
  void aTimerThatRingsTwiceOrEarlyByAnotherClockBeginsOneTry() {
    scene.copy(two);
    scene.succeed(EnsureVolumeReady.class);
    scene.fail(EnsureSourceOpen.class, Scene.problem(Problem.Kind.TRANSIENT));
    var timer = scene.brain.timers(scene.state).getFirst();

    scene.take(new io.drover.engine.Input.Rang<>(timer.id(), timer.due()));
    scene.take(new io.drover.engine.Input.Rang<>(timer.id(), timer.due()));

    assertThat(scene.intents(EnsureSourceOpen.class)).hasSize(1);
    assertThat(scene.intent(EnsureSourceOpen.class).id().value()).endsWith("/2");
  }

  @Test
  void theJournalAloneMakesTheSameState() {
    scene.copy(two);
    scene.play();
    scene.tell(new RemoveCopies(Scene.MIGRATION));
    scene.play();

    assertThat(scene.replayed()).isEqualTo(scene.state);
  }

  private static CopyOrder with(String copy, Inventory.Backing backing) {
    CopyOrder plain = Scene.order(copy, Round.FINAL, Transfer.STREAM, 2000);
    Inventory.Disk d = plain.disks().getFirst();
    var disk =
        new Inventory.Disk(
            d.deviceKey(),
            d.label(),
            d.capacityBytes(),
            d.datastore(),
            d.path(),
            d.uuid(),
            backing,
            d.controller(),
            d.bus(),
            d.unit(),
            d.independent(),
            d.shared(),
            d.thin(),
            d.changeId(),
            null);
    return new CopyOrder(
        plain.copy(),
        plain.migration(),
        plain.vm(),
        plain.moref(),
        plain.vmName(),
        plain.round(),
        plain.transfer(),
        plain.sink(),
        plain.namespace(),
        plain.volumes(),
        List.of(disk),
        plain.since());
  }

  private void runTo(Class<? extends ConversionEffect> effect) {
    scene.runTo(effect);
  }

  private static Class<? extends ConversionEffect> effect(CopyStep step) {
    return switch (step) {
      case PREPARE -> EnsureVolumeReady.class;
      case OPEN_SOURCE -> EnsureSourceOpen.class;
      case TRANSFER -> EnsureDiskTransferred.class;
      case CLOSE_SOURCE -> EnsureSourceClosed.class;
      case READ_SOURCE -> EnsureSourceDigested.class;
      case READ_BACK -> EnsureVolumeDigested.class;
      case STOP -> EnsureCopyStopped.class;
      case REMOVE -> EnsureCopiesRemoved.class;
    };
  }
}
