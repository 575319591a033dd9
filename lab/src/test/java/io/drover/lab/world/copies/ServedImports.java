// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static io.drover.lab.world.copies.CdiDiskImportsSuite.world;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.staging.StagedImage;
import io.drover.converter.staging.Staging;
import io.drover.engine.Progress;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes that CDI fills from a staged image, by {@code source.http}. */
abstract class ServedImports extends CdiImports {

  private @Nullable Staging staging;

  @BeforeEach
  void open() throws IOException {
    staging = world().staging("staging", 0, 0, null);
  }

  @AfterEach
  void close() throws IOException {
    Staging opened = staging();
    assertThat(opened.all()).isEmpty();
    assertThat(opened.room().used()).isZero();
    opened.close();
  }

  private Staging staging() {
    Staging there = staging;
    if (there == null) {
      throw new IllegalStateException("not open");
    }
    return there;
  }

  @Override
  Sink sink() {
    return Sink.HTTP;
  }

  @Override
  DiskImports imports() {
    return world().imports(CdiWorld.serves(staging()));
  }

  @Test
  void anInstanceThatDiesWhileCdiImportsIsFollowedByAnother() throws Exception {
    CopyOrder order = order("final");
    try (var service = new ServiceAddress()) {
      URI url = URI.create("https://127.0.0.1:" + service.port());
      Staging first = world().staging("shared", 0, 0, url);
      service.goesTo(first.address().getPort());
      service.losesItsInstanceAfter(1 << 20);
      var killed = new AtomicBoolean();
      CdiDiskImports dying = world().imports(CdiWorld.serves(first));
      var attempt =
          new Attempt(new EffectId("effect/2"), new Token(12), killed::get, Progress.NONE);
      var writing =
          CompletableFuture.runAsync(() -> dying.write(order, only(order), disk(1), attempt));
      service.awaitLoss();
      killed.set(true);
      first.close();
      assertThatThrownBy(writing::join).isNotNull();
      try (Staging second = world().staging("shared", 0, 0, url)) {
        service.goesTo(second.address().getPort());
        CdiDiskImports next = world().imports(CdiWorld.serves(second));

        var written = next.write(order, only(order), SampleDisks.untouchable(), attempt(3));

        assertThat(written.source()).isEqualTo(digest(1));
        assertThat(next.digest(order, only(order), written, attempt(4)).target())
            .isEqualTo(digest(1));
        assertThat(second.all()).isEmpty();
      }
    }
  }

  @Test
  void anImageGoesOnWhereItIsDurable() {
    CopyOrder order = order("final");
    // Behind the first extent of 4 MiB, before the end of the second.
    SourceDisks.Offer breaks = SampleDisks.offer(SIZE, 1, 2_900_000);
    refused(
        () -> imports().write(order, only(order), breaks, attempt(1)),
        Problem.Kind.TRANSIENT,
        "disk-stream-broke");
    var resumed = new java.util.ArrayList<Long>();
    Attempt watched = watched(resumed);

    var written = imports().write(order, only(order), disk(1), watched);

    assertThat(resumed).containsExactly(4L << 20);
    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(imports().digest(order, only(order), written, attempt(3)).target())
        .isEqualTo(digest(1));
  }

  /** A staged image is the disk as this round copies it: whose answer is lost is not read again. */
  @Test
  @Override
  void aWholeVolumeOfALostAnswerIsWrittenAnew() {
    CopyOrder order = order("final");
    var _ = imports().write(order, only(order), disk(1), attempt(1));

    var written = imports().write(order, only(order), SampleDisks.untouchable(), attempt(2));

    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(imports().digest(order, only(order), written, attempt(3)).target())
        .isEqualTo(digest(1));
  }

  private static Path staged(String ending) throws IOException {
    try (Stream<Path> files = Files.list(world().folder.resolve("staging"))) {
      return files.filter(file -> file.toString().endsWith(ending)).findFirst().orElseThrow();
    }
  }

  private void diesBeforeTheManifest(CopyOrder order) {
    var died = new Error("the process died");
    dies(
        order,
        died,
        thenAtTheEnd(
            () -> {
              throw died;
            },
            () -> {}));
  }

  private void dies(CopyOrder order, Error died, SourceDisks.Offer dying) {
    assertThatThrownBy(() -> imports().write(order, only(order), dying, attempt(1))).isSameAs(died);
    assertThat(there("shop", volume())).isFalse();
  }

  @Test
  void aProcessThatDiesBehindTheManifestOfTheSourceCostsNoSecondReading() throws IOException {
    CopyOrder order = order("final");
    var died = new Error("the process died");
    dies(
        order,
        died,
        thenAtTheEnd(
            () -> "sha1:of-the-first",
            () -> {
              throw died;
            }));
    // As if it had died before the image had its name, and another one in the note.
    Path image = staged(".qcow2");
    Files.move(image, image.resolveSibling(image.getFileName() + ".partial"));
    Files.writeString(Path.of(staged(".json") + ".next"), "{\"id\":");

    var written = imports().write(order, only(order), SampleDisks.untouchable(), attempt(2));

    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(written.bytesRead()).isEqualTo(SampleDisks.vmdk(SIZE, 1).length);
    assertThat(written.streamChecksum()).isEqualTo("sha1:of-the-first");
    assertThat(imports().digest(order, only(order), written, attempt(3)).target())
        .isEqualTo(digest(1));
  }

  /** The lease is gone, and with it what could vouch for the stream. */
  @Test
  void aStreamThatWasNotComparedWithItsManifestIsReadAgain() {
    CopyOrder order = order("final");
    diesBeforeTheManifest(order);

    var written = imports().write(order, only(order), disk(2), attempt(2));

    assertThat(written.source()).isEqualTo(digest(2));
    assertThat(written.streamChecksum()).isEqualTo("sha1:of-the-test");
    leave(order);
  }

  @Test
  void aFolderWithoutRoomForANoteIsWaitedForAndKeepsWhatWasRead() throws IOException {
    CopyOrder order = order("final");
    SourceDisks.Offer source = thenAtTheEnd(() -> "sha1:of-the-test", ServedImports::fill);
    refused(
        () -> imports().write(order, only(order), source, attempt(1)),
        Problem.Kind.UNAVAILABLE,
        "staging-full");
    Files.delete(nextNote());

    var written = imports().write(order, only(order), SampleDisks.untouchable(), attempt(2));

    assertThat(written.source()).isEqualTo(digest(1));
    leave(order);
  }

  @Test
  void aFolderWithoutRoomForTheFirstNoteIsWaitedFor() throws IOException {
    CopyOrder order = order("final");
    diesBeforeTheManifest(order);
    fill();
    Path next = nextNote();
    Files.delete(staged(".json"));

    refused(
        () -> imports().write(order, only(order), disk(1), attempt(1)),
        Problem.Kind.UNAVAILABLE,
        "staging-full");

    Files.delete(next);
    assertThat(imports().write(order, only(order), disk(1), attempt(2)).source())
        .isEqualTo(digest(1));
    leave(order);
  }

  /** Where the next note of the only image is written. */
  private static Path nextNote() throws IOException {
    return Path.of(staged(".json") + ".next");
  }

  /** As if there were no room for it. */
  private static void fill() {
    try {
      Files.createSymbolicLink(nextNote(), Path.of("/dev/full"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void leave(CopyOrder order) {
    imports().remove(order.migration(), order, attempt(9));
  }

  @Test
  void aStreamThatItsManifestDeniesIsReadAgain() {
    CopyOrder order = order("final");
    SourceDisks.Offer denied = denied();
    refused(
        () -> imports().write(order, only(order), denied, attempt(1)),
        Problem.Kind.CORRUPT,
        "stream-differs-from-manifest");

    var written = imports().write(order, only(order), disk(1), attempt(2));

    assertThat(written.streamChecksum()).isEqualTo("sha1:of-the-test");
    assertThat(written.source()).isEqualTo(digest(1));
    leave(order);
  }

  /** A disk that stops, well before its end, until the folder is full and that was seen. */
  private static SourceDisks.Offer filling(Staging folder, long room, long most) {
    return SampleDisks.only(
        SampleDisks.reading(
            CdiDiskImportsSuite.LARGE,
            1,
            room + (2 << 20),
            () -> {
              try {
                while (folder.room().used() < most) {
                  Thread.sleep(20);
                }
                // The folder is looked at twice a second.
                Thread.sleep(600);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "write /data/disk.img: no space left on device",
        "Virtual image size 5243392 is larger than the reported available storage 5242880. A larger"
            + " PVC is required."
      })
  void aVolumeWithoutRoomForTheDiskIsRefusedAndRemoved(String importer) throws IOException {
    CopyOrder order = order("final");
    world()
        .cluster
        .faults()
        .add(
            Fault.on(Fault.What.VOLUME_FULL, "shop", volume())
                .afterBytes(1 << 20)
                .message(importer));

    assertThatThrownBy(() -> imports().write(order, only(order), disk(1), attempt(1)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> tooSmall(fault, "shop/" + volume(), "DataVolume too small to contain image"));

    imports().halt(order, attempt(2));
    assertThat(there("shop", volume())).isFalse();
    assertThat(staging().all()).isEmpty();
    assertThat(world().leftovers("shop")).isEmpty();
  }

  @Test
  void aFolderThatFillsInMidStreamIsLeftAsItWas() throws IOException {
    CopyOrder order = order("final", Sink.HTTP, CdiDiskImportsSuite.LARGE);
    try (Staging small = world().staging("fills", 12 << 20, 0, null)) {
      CdiDiskImports imports = world().imports(CdiWorld.serves(small));

      assertThatThrownBy(() ->
              imports.write(order, only(order), filling(small, 12 << 20, 12 << 20), attempt(1)))
          .isInstanceOfSatisfying(
              CopyFault.class,
              fault -> {
                assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
                assertThat(fault.problem().code()).isEqualTo("staging-too-small");
                assertThat(fault.problem().what()).contains("Hard disk 1", "12 MiB allowed");
              });

      assertThat(small.all()).isEmpty();
      assertThat(small.room().used()).isZero();
      assertThat(there("shop", volume())).isFalse();
    }
  }

  @Test
  void oneThatFillsInMidStreamGoesOnWhenOthersHaveLeft() throws IOException {
    CopyOrder order = order("final", Sink.HTTP, CdiDiskImportsSuite.LARGE);
    try (Staging small = world().staging("shares", 44 << 20, 0, null)) {
      CdiDiskImports imports = world().imports(CdiWorld.serves(small));
      try (var whole = small.begin(SampleDisks.staged("other")).orElseThrow()) {
        java.nio.file.Files.write(whole.image(), new byte[32 << 20]);
        var _ =
            whole.finish(
                new StagedImage.Content(
                    1, 1, 1, 0, "", new byte[0], null, whole.checksum(), 32 << 20));
      }
      refused(
          () -> imports.write(order, only(order), filling(small, 12 << 20, 44 << 20), attempt(1)),
          Problem.Kind.UNAVAILABLE,
          "staging-full");
      small.remove("other");
      var resumed = new java.util.ArrayList<Long>();
      Attempt watched = watched(resumed);

      var written =
          imports.write(
              order,
              only(order),
              SampleDisks.offer(CdiDiskImportsSuite.LARGE, 1, Long.MAX_VALUE),
              watched);

      assertThat(resumed).singleElement().satisfies(bytes -> assertThat(bytes).isPositive());
      assertThat(written.source()).isEqualTo(SampleDisks.digest(CdiDiskImportsSuite.LARGE, 1));
      assertThat(imports.digest(order, only(order), written, attempt(3)).target())
          .isEqualTo(SampleDisks.digest(CdiDiskImportsSuite.LARGE, 1));
      assertThat(small.all()).isEmpty();
    }
  }

  @Test
  void aDiskThatNeverFitsIsRefused() throws IOException {
    CopyOrder order = order("final");
    try (Staging none = world().staging("none", 0, Long.MAX_VALUE, null)) {
      CdiDiskImports imports = world().imports(CdiWorld.serves(none));

      refused(
          () -> imports.write(order, only(order), disk(1), attempt(1)),
          Problem.Kind.REFUSED,
          "staging-too-small");

      assertThat(none.all()).isEmpty();
      assertThat(there("shop", volume())).isFalse();
    }
  }

  @Test
  void aDiskThatHoldsMoreThanTheFolderIsRefusedBeforeItIsRead() throws IOException {
    CopyOrder order = order("final");
    var disk = only(order);
    try (Staging small = world().staging("tiny", 1 << 20, 0, null)) {
      CdiDiskImports imports = world().imports(CdiWorld.serves(small));
      var holds =
          new Inventory.Disk(
              disk.deviceKey(),
              disk.label(),
              disk.capacityBytes(),
              disk.datastore(),
              disk.path(),
              disk.uuid(),
              disk.backing(),
              disk.controller(),
              disk.bus(),
              disk.unit(),
              disk.independent(),
              disk.shared(),
              true,
              disk.changeId(),
              2L << 20);

      refused(
          () -> imports.prepare(order, holds, attempt(1)),
          Problem.Kind.REFUSED,
          "staging-too-small");

      assertThat(small.all()).isEmpty();
    }
  }

  @Test
  void aDiskThatFindsNoRoomWaitsForTheOthers() throws IOException {
    CopyOrder order = order("final");
    try (Staging small = world().staging("small", 20 << 20, 0, null)) {
      CdiDiskImports imports = world().imports(CdiWorld.serves(small));
      try (var held = small.begin(SampleDisks.staged("other")).orElseThrow()) {
        java.nio.file.Files.write(held.image(), new byte[21 << 20]);

        refused(
            () -> imports.write(order, only(order), disk(1), attempt(1)),
            Problem.Kind.UNAVAILABLE,
            "staging-full");
      }
      small.remove("other");

      assertThat(imports.write(order, only(order), disk(1), attempt(2)).source())
          .isEqualTo(digest(1));
    }
  }
}
