// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static io.drover.lab.world.copies.CdiDiskImportsSuite.world;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.cdi.Marks;
import io.drover.engine.StopSignal;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.EffectId;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What all ways of a stream into a volume of CDI do, beside what every port does. */
abstract class CdiImports extends DiskImportsSuite {
  @Override
  SourceDisks.Offer disk(int seed) {
    return SampleDisks.offer(SIZE, seed, Long.MAX_VALUE);
  }

  @Override
  SourceDisks.Offer breaking(int seed) {
    return SampleDisks.offer(SIZE, seed, 300_000);
  }

  @Override
  DiskDigest digest(int seed) {
    return SampleDisks.digest(SIZE, seed);
  }

  @Override
  void foreign(String namespace, String volume) {
    world()
        .client
        .persistentVolumeClaims()
        .inNamespace(namespace)
        .resource(
            new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(volume)
                .withNamespace(namespace)
                .endMetadata()
                .withNewSpec()
                .withAccessModes("ReadWriteOnce")
                .withNewResources()
                .addToRequests("storage", new Quantity("1Mi"))
                .endResources()
                .endSpec()
                .build())
        .create();
  }

  @Override
  boolean there(String namespace, String volume) {
    return world().client.persistentVolumeClaims().inNamespace(namespace).withName(volume).get()
        != null;
  }

  @Test
  void whatWasProvedLeavesNothingButTheVolume() {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var written = imports().write(order, only(order), disk(1), attempt(2));

    var _ = imports().digest(order, only(order), written, attempt(3));

    assertThat(world().leftovers("shop")).isEmpty();
    imports().halt(order, attempt(4));
    imports().remove(order.migration(), order, attempt(5));
  }

  @Test
  void aCloneThatCarriesOurLabelsIsSomebodys() {
    // Given a claim that KubeVirt made for a clone, with the labels of the volume that it is of
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    var claims = world().client.persistentVolumeClaims().inNamespace("shop");
    var marks =
        Map.of(Marks.COMPONENT, Marks.COPY_COMPONENT, Marks.MIGRATION, order.migration().value());
    var _ =
        claims
            .resource(
                new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withName("tmp-clone-of-" + volume() + "-x")
                    .withNamespace("shop")
                    .withLabels(marks)
                    .withAnnotations(Map.of(Marks.MIGRATION, order.migration().value()))
                    .endMetadata()
                    .withNewSpec()
                    .withAccessModes("ReadWriteOnce")
                    .withNewResources()
                    .addToRequests("storage", new Quantity("1Mi"))
                    .endResources()
                    .endSpec()
                    .build())
            .create();
    try {
      // When what the migration made is removed, its order known or not
      imports().remove(order.migration(), order, attempt(2));
      imports().remove(order.migration(), null, attempt(3));
      // Then the clone stays
      assertThat(there("shop", volume())).isFalse();
      assertThat(there("shop", "tmp-clone-of-" + volume() + "-x")).isTrue();
    } finally {
      var _ = claims.withName("tmp-clone-of-" + volume() + "-x").delete();
    }
  }

  @AfterEach
  void nothingIsLeft() {
    CopyOrder order = order("final");
    imports().halt(order, attempt(8));
    imports().remove(order.migration(), order, attempt(9));
    assertThat(world().leftovers("shop")).isEmpty();
  }

  /**
   * A disk that is read to its end.
   *
   * @param verified what its manifest says then
   * @param closed what happens after that
   */
  static SourceDisks.Offer thenAtTheEnd(Supplier<@Nullable String> verified, Runnable closed) {
    SourceDisks.Reading whole = SampleDisks.reading(SIZE, 1, Long.MAX_VALUE);
    return SampleDisks.only(
        new SourceDisks.Reading() {
          @Override
          public ReadableByteChannel stream() throws IOException {
            return whole.stream();
          }

          @Override
          public @Nullable String verify() {
            return verified.get();
          }

          @Override
          public CopyFault explain(IOException broken) {
            return whole.explain(broken);
          }

          @Override
          public void close() {
            closed.run();
          }
        });
  }

  /** A disk whose stream is not what its manifest says. */
  static SourceDisks.Offer denied() {
    return thenAtTheEnd(
        () -> {
          throw new CopyFault(Problem.Kind.CORRUPT, "stream-differs-from-manifest", "It.", "No.");
        },
        () -> {});
  }

  /** An attempt that notes how much of an earlier one it passes over. */
  static Attempt watched(List<Long> resumed) {
    return new Attempt(
        new EffectId("effect/2"),
        new Token(12),
        StopSignal.NEVER,
        (subject, what, done, total) -> {
          if (what.equals("resumed")) {
            resumed.add(done);
          }
        });
  }

  /** Does it, and sees that the log says at INFO what was gone on with. */
  static <T> T resumedInTheLog(CopyOrder order, Supplier<T> write) {
    var log = (Logger) LoggerFactory.getLogger("io.drover.converter.cdi.Resumed");
    var lines = new ListAppender<ILoggingEvent>();
    Level before = log.getLevel();
    log.setLevel(Level.INFO);
    lines.start();
    log.addAppender(lines);
    try {
      T done = write.get();
      assertThat(lines.list)
          .singleElement()
          .satisfies(line ->
              assertThat(line.getFormattedMessage())
                  .contains(only(order).label(), "VM " + order.vmName(), " of " + SIZE + " bytes"));
      return done;
    } finally {
      log.detachAppender(lines);
      log.setLevel(before);
    }
  }

  /** The volume had no room for the disk: trying again would not help. */
  static void tooSmall(CopyFault fault, String... said) {
    assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(fault.problem().code()).isEqualTo("volume-too-small");
    assertThat(fault.problem().what()).contains("isk Hard disk 1").contains(said);
    assertThat(fault.problem().remedy())
        .isEqualTo(
            "Raise the filesystem overhead of the storage class in CDI's configuration, or free"
                + " space in the pool behind it.");
  }

  static void refused(Runnable what, Problem.Kind kind, String code) {
    assertThatThrownBy(what::run)
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().code()).isEqualTo(code);
              assertThat(fault.problem().kind()).isEqualTo(kind);
            });
  }
}
