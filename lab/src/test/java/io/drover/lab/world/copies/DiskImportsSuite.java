// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.lab.world.Orders;
import io.drover.schemas.ClusterMarks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What every {@link DiskImports} does, the model's and the real one. */
abstract class DiskImportsSuite {
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** Guest-visible bytes of the disks of this suite; no whole number of MiB. */
  static final long SIZE = (5L << 20) + 512;

  /** A key and names of its own for each test. */
  final int number = NUMBERS.incrementAndGet();

  /** The adapter under test. */
  abstract DiskImports imports();

  /** A disk of {@link #SIZE} bytes; the same for the same seed. */
  abstract SourceDisks.Offer disk(int seed);

  /** The same disk, whose stream breaks somewhere in the middle. */
  abstract SourceDisks.Offer breaking(int seed);

  /** The digest that {@link #disk} has. */
  abstract DiskDigest digest(int seed);

  /** Somebody else makes a volume of this name. */
  abstract void foreign(String namespace, String volume);

  /** Whether a volume of this name is there. */
  abstract boolean there(String namespace, String volume);

  Sink sink() {
    return Sink.UPLOAD;
  }

  final CopyOrder order(String copy) {
    return order(copy, sink());
  }

  final CopyOrder order(String copy, Sink way) {
    return order(copy, way, SIZE);
  }

  final CopyOrder order(String copy, Sink way, long size) {
    return order(copy, way, size, null);
  }

  /** The same into a storage class; null = the cluster's default. */
  final CopyOrder order(String copy, Sink way, long size, @Nullable String storageClass) {
    Inventory.Vm vm = Orders.vm(new VmKey("vc-1", "vm-" + number), "web" + number, 1, size);
    return new CopyOrder(
        new CopyId(copy + "-" + number),
        new MigrationId("m-" + number),
        vm.vm(),
        "vm-" + number,
        vm.name(),
        Round.FINAL,
        Transfer.STREAM,
        way,
        "shop",
        Map.of(2000, new Volume(volume(), storageClass)),
        vm.disks(),
        Map.of());
  }

  static Inventory.Disk only(CopyOrder order) {
    return order.disks().getFirst();
  }

  static Attempt attempt(int number) {
    return new Attempt(
        new EffectId("effect/" + number), new Token(10 + number), StopSignal.NEVER, Progress.NONE);
  }

  final String volume() {
    return "web" + number + "-2000-" + ClusterMarks.hash("m-" + number, 8);
  }

  @Test
  void whatIsWrittenReadsBackAsTheSourceWas() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));

    CopyEvidence.DiskTransferred written = imports().write(order, only(order), disk(1), attempt(2));

    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(written.volume()).isEqualTo("shop/" + volume());
    assertThat(imports().digest(order, only(order), written, attempt(3)).target())
        .isEqualTo(digest(1));
  }

  @Test
  void preparedTwiceIsPreparedOnce() {
    CopyOrder order = order("final");
    var first = imports().prepare(order, only(order), attempt(1));

    var second = imports().prepare(order, only(order), attempt(2));

    assertThat(second).isEqualTo(first);
  }

  @Test
  void aBrokenStreamIsNeverTakenForAWholeDiskAndCanBeWrittenAgain() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    assertThatThrownBy(() -> imports().write(order, only(order), breaking(1), attempt(2)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.TRANSIENT));

    CopyEvidence.DiskTransferred written = imports().write(order, only(order), disk(2), attempt(3));

    assertThat(imports().digest(order, only(order), written, attempt(4)).target())
        .isEqualTo(digest(2));
  }

  @Test
  void aWholeVolumeOfALostAnswerIsWrittenAnew() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var _ = imports().write(order, only(order), disk(1), attempt(2));

    CopyEvidence.DiskTransferred written = imports().write(order, only(order), disk(2), attempt(3));

    assertThat(written.source()).isEqualTo(digest(2));
    assertThat(imports().digest(order, only(order), written, attempt(4)).target())
        .isEqualTo(digest(2));
  }

  @Test
  void aVolumeOfSomebodyElseIsRefusedAndLeftAlone() {
    CopyOrder order = order("final");
    foreign("shop", volume());

    assertThatThrownBy(() -> imports().prepare(order, only(order), attempt(1)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
              assertThat(fault.problem().what()).contains(volume());
            });

    imports().remove(order.migration(), order, attempt(2));
    assertThat(there("shop", volume())).isTrue();
  }

  @Test
  void toldToStopItStops() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    Attempt stopped =
        new Attempt(new EffectId("effect/2"), new Token(12), () -> true, Progress.NONE);

    assertThatThrownBy(() -> imports().write(order, only(order), disk(1), stopped))
        .isInstanceOf(StopSignal.Stopped.class);

    imports().halt(order, attempt(3));
    assertThat(there("shop", volume())).isFalse();
  }

  @Test
  void aHaltLeavesWhatLanded() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var _ = imports().write(order, only(order), disk(1), attempt(2));

    imports().halt(order, attempt(3));

    assertThat(there("shop", volume())).isTrue();
  }

  @Test
  void removedIsGoneAndRemovedTwiceIsFine() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var _ = imports().write(order, only(order), disk(1), attempt(2));

    imports().remove(order.migration(), order, attempt(3));

    assertThat(there("shop", volume())).isFalse();
    imports().remove(order.migration(), order, attempt(4));
  }

  @Test
  void whatNobodyRemembersIsFoundByItsMarks() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));

    imports().remove(order.migration(), null, attempt(2));

    assertThat(there("shop", volume())).isFalse();
  }

  @Test
  void aLandedVolumeThatIsGoneIsNotDigested() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var written = imports().write(order, only(order), disk(1), attempt(2));
    imports().remove(order.migration(), order, attempt(3));

    assertThatThrownBy(() -> imports().digest(order, only(order), written, attempt(4)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> assertThat(fault.problem().code()).isEqualTo("landed-volume-missing"));
  }
}
