// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.serve.Pem;
import io.drover.lab.cluster.control.storage.VolumeStore;
import io.drover.lab.cluster.control.storage.VolumeWriter;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** What the importer pod of a DataVolume would do, by its source: blank, http or vddk. */
final class ImportWork {

  private static final int CHUNK = 1 << 20;

  private final Kube kube;
  private final ClusterFaults faults;
  private final ImageLanding landing;
  private final VddkSource vddk;

  ImportWork(Kube kube, ClusterFaults faults, ImageLanding landing, VddkSource vddk) {
    this.kube = kube;
    this.faults = faults;
    this.landing = landing;
    this.vddk = vddk;
  }

  Transfers.Work of(Doc dataVolume, VolumeStore.Volume volume, Optional<Checkpoints.Stage> stage) {
    JsonNode source = dataVolume.at("/spec/source");
    if (source.has("http")) {
      return progress -> http(dataVolume, source.path("http"), volume, progress);
    }
    if (source.has("vddk")) {
      return progress -> vddk(dataVolume, source.path("vddk"), volume, stage, progress);
    }
    return progress -> blank(dataVolume, volume, progress);
  }

  private void blank(Doc dataVolume, VolumeStore.Volume volume, Transfers.Progress progress)
      throws IOException, InterruptedException {
    progress.expect(1);
    // Opening for a fresh image is what empties the volume.
    new VolumeWriter(volume, faults, dataVolume.namespace(), dataVolume.name(), true).close();
    progress.moved(1);
  }

  private void http(
      Doc dataVolume, JsonNode source, VolumeStore.Volume volume, Transfers.Progress progress)
      throws IOException, InterruptedException {
    URI url = URI.create(source.path("url").asText());
    Map<String, String> secret = secret(dataVolume, source.path("secretRef").asText(""));
    try (HttpClient client = client(dataVolume, source)) {
      HttpRequest.Builder request = HttpRequest.newBuilder(url).timeout(Duration.ofMinutes(10));
      if (secret.containsKey("accessKeyId")) {
        String pair = secret.get("accessKeyId") + ":" + secret.getOrDefault("secretKey", "");
        request.header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
      }
      for (JsonNode header : source.path("extraHeaders")) {
        String[] parts = header.asText().split(":", 2);
        if (parts.length == 2) {
          request.header(parts[0].trim(), parts[1].trim());
        }
      }
      HttpResponse<Void> head =
          client.send(
              request.copy().method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
              HttpResponse.BodyHandlers.discarding());
      expect200(head.statusCode());
      long length = head.headers().firstValueAsLong("Content-Length").orElse(0);
      progress.expect(length);
      HttpResponse<InputStream> response =
          client.send(request.GET().build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        expect200(response.statusCode());
        Path staged = landing.stage("import-" + volume.handle());
        try {
          fetch(body, source.path("checksum").asText(""), staged, progress);
          landing.convert(staged, volume, dataVolume.key(), bytes -> interrupted());
        } finally {
          Files.deleteIfExists(staged);
        }
      }
    }
  }

  private void fetch(InputStream body, String checksum, Path staged, Transfers.Progress progress)
      throws IOException, InterruptedException {
    Counting wire = new Counting(body);
    if (checksum.isEmpty()) {
      var _ =
          landing.landStaged(
              ImageKind.unwrapped(wire), staged, bytes -> progress.moved(wire.count.get()));
      return;
    }
    String[] wanted = checksum.split(":", 2);
    MessageDigest digest = digest(wanted[0]);
    DigestInputStream digested = new DigestInputStream(wire, digest);
    var _ =
        landing.landStaged(
            ImageKind.unwrapped(digested), staged, bytes -> progress.moved(wire.count.get()));
    digested.transferTo(java.io.OutputStream.nullOutputStream());
    String found = HexFormat.of().formatHex(digest.digest());
    if (!found.equalsIgnoreCase(wanted[1])) {
      throw new IOException(
          "Checksum mismatch: expected " + checksum + ", got " + wanted[0] + ":" + found);
    }
  }

  private void vddk(
      Doc dataVolume,
      JsonNode source,
      VolumeStore.Volume volume,
      Optional<Checkpoints.Stage> stage,
      Transfers.Progress progress)
      throws IOException, InterruptedException {
    Map<String, String> secret = secret(dataVolume, source.path("secretRef").asText(""));
    boolean delta = stage.map(Checkpoints.Stage::delta).orElse(false);
    VddkSource.Request request =
        new VddkSource.Request(
            source.path("url").asText(),
            source.path("uuid").asText(),
            source.path("backingFile").asText(),
            source.path("thumbprint").asText(),
            secret.getOrDefault("accessKeyId", ""),
            secret.getOrDefault("secretKey", ""),
            stage.map(Checkpoints.Stage::current).orElse(""),
            stage.map(Checkpoints.Stage::previous).orElse(""));
    try (VddkSource.Disk disk = vddk.open(request);
        VolumeWriter writer =
            new VolumeWriter(volume, faults, dataVolume.namespace(), dataVolume.name(), !delta)) {
      if (disk.size() > volume.size()) {
        throw new IOException(
            "Virtual image size "
                + disk.size()
                + " is larger than the reported available storage "
                + volume.size()
                + ". A larger PVC is required.");
      }
      var areas = disk.areas();
      long total = areas.stream().mapToLong(VddkSource.Area::length).sum();
      progress.expect(Math.max(1, total));
      long moved = 0;
      ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
      for (VddkSource.Area area : areas) {
        long end = area.offset() + area.length();
        for (long at = area.offset(); at < end; at += CHUNK) {
          buffer.clear().limit((int) Math.min(CHUNK, end - at));
          disk.read(at, buffer);
          buffer.flip();
          int length = buffer.remaining();
          writer.write(at, buffer);
          moved += length;
          progress.moved(moved);
        }
      }
    }
    progress.expect(1);
    progress.moved(1);
  }

  private HttpClient client(Doc dataVolume, JsonNode source) throws IOException {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(10));
    String trusted = source.path("certConfigMap").asText("");
    try {
      if (!trusted.isEmpty()) {
        Doc map =
            kube.get(Kind.CONFIG_MAP, dataVolume.namespace(), trusted)
                .orElseThrow(() -> new IOException("configmaps \"" + trusted + "\" not found"));
        StringBuilder pem = new StringBuilder();
        map.at("/data").properties().forEach(e -> pem.append(e.getValue().asText()).append('\n'));
        builder.sslContext(Pem.trusting(pem.toString()));
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("unusable certificates in config map " + trusted, e);
    }
    return builder.build();
  }

  private Map<String, String> secret(Doc dataVolume, String name) throws IOException {
    if (name.isEmpty()) {
      return Map.of();
    }
    Doc secret =
        kube.get(Kind.SECRET, dataVolume.namespace(), name)
            .orElseThrow(() -> new IOException("secrets \"" + name + "\" not found"));
    Map<String, String> values = new java.util.HashMap<>();
    secret
        .at("/data")
        .properties()
        .forEach(e ->
            values.put(
                e.getKey(),
                new String(
                    Base64.getDecoder().decode(e.getValue().asText()), StandardCharsets.UTF_8)));
    return values;
  }

  private static void expect200(int code) throws IOException {
    if (code != 200) {
      throw new IOException(
          "Unable to connect to http data source: expected status code 200, got " + code);
    }
  }

  private static void interrupted() throws InterruptedException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedException("stopped");
    }
  }

  private static MessageDigest digest(String name) throws IOException {
    try {
      return MessageDigest.getInstance(
          switch (name.toLowerCase(Locale.ROOT)) {
            case "md5" -> "MD5";
            case "sha1" -> "SHA-1";
            case "sha256" -> "SHA-256";
            case "sha512" -> "SHA-512";
            default -> name;
          });
    } catch (NoSuchAlgorithmException e) {
      throw new IOException("unsupported checksum algorithm " + name, e);
    }
  }

  /** Counts the bytes that came over the wire. */
  private static final class Counting extends java.io.FilterInputStream {
    private final AtomicLong count = new AtomicLong();

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int one = super.read();
      if (one >= 0) {
        count.incrementAndGet();
      }
      return one;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      if (read > 0) {
        count.addAndGet(read);
      }
      return read;
    }
  }
}
