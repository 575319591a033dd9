// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits, who yields and who is refused where the staging folder is full. */
class StagingRoomTest {
  private static final int SIZE = 700_001;

  @TempDir Path folder;
  private Staging staging;

  @BeforeEach
  void open() throws IOException {
    staging = Staging.open(settings(0));
  }

  @AfterEach
  void close() {
    staging.close();
  }

  private StagingSettings settings(long most) {
    return new StagingSettings(
        folder.resolve("staging"), most, 0, "127.0.0.1", 0, null, null, false);
  }

  private static StagedImage about(String id, Instant began) {
    // More than this machine's disk has.
    return new StagedImage(id, "m-" + id, "c-" + id, 2000, 1L << 60, began);
  }

  @Test
  void ofThoseThatFindNoRoomTheOldestWaitsAndTheOthersYield() throws IOException {
    try (var young = young();
        var old = old()) {

      assertThat(old.onFull()).isEqualTo(StagingRoom.Full.WAIT);
      assertThat(young.onFull()).isEqualTo(StagingRoom.Full.YIELD);
    }
  }

  @Test
  void oneThatWasAloneAndFindsNoRoomNeverFits() throws IOException {
    try (var alone = staging.begin(about("alone", Instant.EPOCH)).orElseThrow()) {
      assertThat(alone.full()).isFalse();

      assertThat(alone.onFull()).isEqualTo(StagingRoom.Full.TOO_SMALL);
    }
  }

  @Test
  void theRoomOfOneThatHasJustYieldedIsWaitedFor() throws IOException {
    try (var old = old()) {
      try (var young = young()) {
        assertThat(old.full()).isFalse();
        assertThat(young.onFull()).isEqualTo(StagingRoom.Full.YIELD);
        staging.remove("young");
      }

      assertThat(old.onFull()).isEqualTo(StagingRoom.Full.WAIT);
    }
    try (var again = old()) {
      assertThat(again.onFull()).isEqualTo(StagingRoom.Full.TOO_SMALL);
    }
  }

  @Test
  void whatYieldedIsNotBackBeforeTheOneThatWaits() throws IOException {
    waitAndYield();

    try (var young = young()) {
      assertThat(young.full()).isTrue();
      assertThat(young.onFull()).isEqualTo(StagingRoom.Full.YIELD);
      assertThat(staging.find("young")).isEmpty();
    }
    try (var old = old()) {
      assertThat(old.full()).isFalse();
      Files.write(old.image(), new byte[1]);
      var _ =
          old.finish(new StagedImage.Content(1, 1, 1, 0, "", new byte[0], null, old.checksum(), 1));
    }
    assertThat(folder.resolve("staging").resolve("old.waits")).doesNotExist();
    try (var young = young()) {
      assertThat(young.full()).isFalse();
    }
  }

  @Test
  void whatHasWorkInItYieldsOnlyWhereThereIsNoRoom() throws IOException {
    try (var old = old();
        var _ = young()) {
      assertThat(old.onFull()).isEqualTo(StagingRoom.Full.WAIT);
    }
    try (var again = young()) {
      assertThat(again.full()).isFalse();
    }
  }

  @Test
  void whereTheOneThatWaitedHasAllItMayNeedOthersBegin() throws IOException {
    var small = new StagedImage("old", "m", "c", 2000, SIZE, Instant.EPOCH);
    try (var old = staging.begin(small).orElseThrow();
        var _ = young()) {
      assertThat(old.onFull()).isEqualTo(StagingRoom.Full.WAIT);
    }
    try (var third = staging.begin(about("third", Instant.EPOCH.plusSeconds(10))).orElseThrow()) {
      assertThat(third.full()).isFalse();
    }
  }

  @Test
  void oneThatIsHeldBackAndFindsTheFolderEmptyIsNotRefused() throws IOException {
    waitAndYield();
    try (var young = young()) {
      staging.remove("old");

      assertThat(young.onFull()).isEqualTo(StagingRoom.Full.WAIT);
    }
    assertThat(folder.resolve("staging").resolve("young.waits")).doesNotExist();
  }

  @Test
  void oneThatWaitsIsWaitedForWhileItIsHeardOf() throws IOException {
    waitAndYield();
    Path mark = folder.resolve("staging").resolve("old.waits");

    Files.setLastModifiedTime(mark, FileTime.from(Instant.now().minusSeconds(150)));
    try (var young = young()) {
      assertThat(young.full()).isTrue();
    }
    Files.setLastModifiedTime(mark, FileTime.from(Instant.now().minusSeconds(200)));
    try (var young = young()) {
      assertThat(young.full()).isFalse();
    }
    old().close();
    assertThat(Files.getLastModifiedTime(mark).toInstant()).isAfter(Instant.now().minusSeconds(60));
    staging.remove("old");
    assertThat(mark).doesNotExist();
  }

  private Staging.Writing old() throws IOException {
    return staging.begin(about("old", Instant.EPOCH)).orElseThrow();
  }

  private Staging.Writing young() throws IOException {
    return staging.begin(about("young", Instant.EPOCH.plusSeconds(9))).orElseThrow();
  }

  private void waitAndYield() throws IOException {
    try (var old = old();
        var young = young()) {
      assertThat(old.onFull()).isEqualTo(StagingRoom.Full.WAIT);
      assertThat(young.onFull()).isEqualTo(StagingRoom.Full.YIELD);
      staging.remove("young");
    }
  }

  @Test
  void roomIsCountedOverAllImages() throws IOException {
    Files.write(folder.resolve("staging").resolve("one.qcow2"), new byte[SIZE]);
    try (Staging small = Staging.open(settings(SIZE + 10))) {
      assertThat(small.room().full()).isFalse();
      assertThat(small.room().used()).isEqualTo(SIZE);

      Files.write(folder.resolve("staging").resolve("two.qcow2.partial"), new byte[20]);

      assertThat(small.room().full()).isTrue();
    }
  }

  @Test
  void whatIsKeptFreeIsSaidAsThat() throws IOException {
    var kept =
        new StagingSettings(
            folder.resolve("staging"), 5 << 20, 1L << 60, "127.0.0.1", 0, null, null, false);
    try (Staging small = Staging.open(kept)) {
      assertThat(small.room().words())
          .matches(
              "0 MiB used, [1-9]\\d* MiB free on its filesystem, where converter.staging.reserveGiB"
                  + " keeps "
                  + (1L << 40)
                  + " MiB free, 5 MiB allowed by converter.staging.spaceGiB");
      assertThat(small.room().full()).isTrue();
      assertThat(small.room().capacity()).isZero();
    }
  }

  @Test
  void aDiskThatNeverFitsIsRefusedWhileItsSourceRuns() throws IOException {
    var upload = new SinkPolicy.Ways(true, true, false);
    CopyOrder thin = order(Sink.HTTP, true);
    try (Staging small = Staging.open(settings(SIZE))) {
      assertThatThrownBy(() -> small.room().look(thin, upload))
          .isInstanceOfSatisfying(
              CopyFault.class,
              fault -> {
                assertThat(fault.problem().code()).isEqualTo("staging-too-small");
                assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
                assertThat(fault.problem().what()).contains("holds 1 MiB, more than");
                assertThat(fault.problem().remedy()).contains("reserveGiB");
              });
      small.room().look(order(Sink.AUTO, true), upload);
      small.room().look(order(Sink.HTTP, false), upload);
    }
    try (Staging large = Staging.open(settings(1 << 20))) {
      large.room().look(thin, upload);
    }
    try (Staging none =
        Staging.open(
            new StagingSettings(
                folder.resolve("none"), 0, 1L << 60, "127.0.0.1", 0, null, null, true))) {
      assertThatThrownBy(() -> none.room().look(order(Sink.HTTP, false), upload))
          .hasMessageContaining("can take nothing");
    }
  }

  private static CopyOrder order(Sink sink, boolean thin) {
    var disk =
        new Inventory.Disk(
            2000,
            "Hard disk 1",
            2 << 20,
            "ds1",
            "[ds1] a.vmdk",
            null,
            Inventory.Backing.FLAT,
            "scsi",
            0,
            0,
            false,
            false,
            thin,
            null,
            1L << 20);
    return new CopyOrder(
        new CopyId("c"),
        new MigrationId("m"),
        new VmKey("vc", "vm"),
        "vm-1",
        "a",
        Round.FINAL,
        Transfer.STREAM,
        sink,
        "apps",
        Map.of(),
        List.of(disk),
        Map.of());
  }
}
