// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.ConversionDecider;
import io.drover.converter.ConversionHand;
import io.drover.converter.ConversionState;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.StreamTap;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.disk.pipe.Workers;
import io.drover.engine.Progress;
import io.drover.schemas.ConversionMessage.CopyDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.wire.Json;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A converter as a process of its own, to be killed: begins where the state in its folder says, and
 * says on its output what happens. Ends with 0 when the copy completed.
 */
final class CopyProcess {
  /** The state as it was committed last. */
  static final String STATE = "state.json";

  /** What the copy ended with. */
  static final String RECEIPTS = "receipts.json";

  /** Where everything is. */
  record Given(
      String vcenter,
      String user,
      String password,
      String sha256,
      String sha1,
      String instance,
      String kube,
      String kubeCa,
      String token,
      String proxy,
      String proxyCa,
      String staging,
      int port,
      long owner,
      CopyOrder order) {}

  private CopyProcess() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    Given given = Json.read(Files.readAllBytes(folder.resolve("given.json")), Given.class);
    int status;
    var config =
        new ConfigBuilder()
            .withMasterUrl(given.kube())
            .withCaCertData(
                Base64.getEncoder().encodeToString(given.kubeCa().getBytes(StandardCharsets.UTF_8)))
            .withOauthToken(given.token())
            .build();
    try (var workers = new Workers(2);
        var staging =
            Staging.open(
                new StagingSettings(
                    Path.of(given.staging()), 0, 0, "127.0.0.1", given.port(), null, null, true));
        var client = new KubernetesClientBuilder().withConfig(config).build();
        var vcenter =
            VSphere.connect(
                new VSphereEndpoint(
                    URI.create(given.vcenter()),
                    given.user(),
                    () -> given.password().toCharArray(),
                    Trust.thumbprint(given.sha256())));
        var sources = new NfcSourceDisks(_ -> vcenter, NfcSettings.DEFAULT)) {
      var imports =
          new CdiDiskImports(client, settings(given, staging), workers, Clock.systemUTC());
      status = copy(folder, given, new ConversionHand(slowed(sources), imports));
    }
    System.exit(status);
  }

  /** What this process reads itself comes slowly, so that a kill falls into it. */
  private static SourceDisks slowed(SourceDisks sources) {
    return (SourceDisks)
        Proxy.newProxyInstance(
            SourceDisks.class.getClassLoader(),
            new Class<?>[] {SourceDisks.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(sources, arguments);
                return result instanceof SourceDisks.Reading reading ? new Slow(reading) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  /** A disk that is read at some MB/s. */
  private record Slow(SourceDisks.Reading reading) implements SourceDisks.Reading {
    private static final int PIECE = 64 << 10;

    @Override
    public ReadableByteChannel stream() throws IOException {
      return new StreamTap(reading.stream()) {
        @Override
        public int read(ByteBuffer into) throws IOException {
          try {
            Thread.sleep(4);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          int limit = into.limit();
          into.limit(into.position() + Math.min(PIECE, into.remaining()));
          try {
            return stream.read(into);
          } finally {
            into.limit(limit);
          }
        }
      };
    }

    @Override
    public @Nullable String verify() throws IOException {
      return reading.verify();
    }

    @Override
    public CopyFault explain(IOException broken) {
      return reading.explain(broken);
    }

    @Override
    public void close() {
      reading.close();
    }
  }

  private static CdiSettings settings(Given given, Staging staging) {
    return new CdiSettings(
        new CdiSettings.Sinks(
            CdiSettings.Upload.of(URI.create(given.proxy()), given.proxyCa()), staging, true),
        CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
        Map.of(
                given.instance(),
                new CdiSettings.Vddk(
                    URI.create(given.vcenter()),
                    given.sha1(),
                    "vcenter",
                    "registry.example.com/vddk:8"))
            ::get,
        new CdiSettings.Patience(
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofSeconds(90)));
  }

  private static int copy(Path folder, Given given, ConversionHand hand) throws Exception {
    Path kept = folder.resolve(STATE);
    ConversionState state =
        Files.exists(kept)
            ? Json.read(Files.readAllBytes(kept), ConversionState.class)
            : new ConversionDecider().initial(given.order().vm().toString());
    Progress said =
        (subject, what, done, total) -> say("progress " + subject + " " + what + " " + done);
    try (var road =
        new CopyRoad(
            state,
            hand,
            given.owner(),
            now -> {
              commit(folder, now);
              say("committed");
            },
            said)) {
      road.tell(new CopyDisks(given.order()));
      var letter = road.until(l -> l instanceof CopyCompleted || l instanceof CopyFailed);
      if (letter instanceof CopyCompleted completed) {
        Files.write(folder.resolve(RECEIPTS), Json.write(completed));
        return 0;
      }
      say("ended " + letter);
      return 1;
    }
  }

  private static void say(String line) {
    synchronized (System.out) {
      System.out.println(line);
      System.out.flush();
    }
  }

  private static void commit(Path folder, ConversionState state) {
    try {
      Path next =
          Files.write(
              folder.resolve(STATE + ".next"),
              Json.write(state, Json.mapper().constructType(ConversionState.class)));
      Files.move(next, folder.resolve(STATE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
