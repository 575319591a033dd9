// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.InUseException;
import io.drover.disk.image.LockFile;
import io.drover.disk.pipe.ResumableSink;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of images on their way to CDI, and the server that hands them out. All that must
 * outlive a process is in the folder: images, their journals, what is known of them, and the key
 * that their passwords are made from. So any instance that mounts the folder goes on with an image
 * and serves it under the same address.
 */
public final class Staging implements AutoCloseable {
  /** The name that an image's password is good for. */
  public static final String USER = "drover";

  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);

  private static final Pattern ID = Pattern.compile("[a-z0-9-]{1,64}");
  static final String IMAGE = ".qcow2";

  private final StagingSettings settings;
  private final StagingKey key;
  private final @Nullable String ca;
  private final ImageServer server;
  private final Locks locks;
  private final StagingRoom room;

  private Staging(StagingSettings settings, StagingKey key, @Nullable String ca, Locks locks)
      throws IOException {
    this.locks = locks;
    this.settings = settings;
    this.key = key;
    this.ca = ca;
    this.room = new StagingRoom(settings, this);
    this.server = ImageServer.start(settings, this);
  }

  /**
   * Makes the folder ready and begins to serve it. Only the folder itself is made: where what it is
   * in is not there, a volume is not mounted.
   *
   * @throws IllegalArgumentException when the certificate or its key cannot be used, or there is
   *     nothing to make the folder in
   * @throws IOException when the folder cannot be written or the address is taken
   */
  public static Staging open(StagingSettings settings) throws IOException {
    // Other instances write to the folder: where it has no locks, nobody can.
    return open(settings, (file, image) -> LockFile.take(file, image, LockFile.Without.NOBODY));
  }

  /** How the right to write an image is taken. */
  interface Locks {
    LockFile take(Path file, Path image) throws IOException;
  }

  static Staging open(StagingSettings settings, Locks locks) throws IOException {
    if (!Files.isDirectory(settings.folder())) {
      StagingCheck.Finding place = StagingCheck.place(settings.folder());
      if (!place.well()) {
        throw new IllegalArgumentException(place.what() + " " + place.remedy());
      }
      // Images hold all that a guest does.
      Files.createDirectories(
          settings.folder(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    StagingSettings.Tls tls = settings.tls();
    String ca = null;
    if (tls != null) {
      Path trusted = tls.ca();
      ca = Files.readString(trusted == null ? tls.chain() : trusted);
    }
    return new Staging(settings, StagingKey.of(settings.folder()), ca, locks);
  }

  /** Where the cluster fetches an image. */
  public URI url(String id) {
    URI base = settings.url();
    return (base == null ? server.address() : base).resolve("/v1/disks/" + id + IMAGE);
  }

  /** The password of one image, good for nothing else; the same from every instance. */
  public String password(String id) {
    return key.password(id);
  }

  /** PEM of the authority to trust at {@link #url}; null when it is plain HTTP. */
  public @Nullable String ca() {
    return ca;
  }

  /** Whether images are compressed. */
  public boolean zstd() {
    return settings.zstd();
  }

  /** What room its images have. */
  public StagingRoom room() {
    return room;
  }

  /** Where it listens. */
  public URI address() {
    return server.address();
  }

  /** What is known of an image; empty when nothing is. */
  public Optional<StagedImage> find(String id) throws IOException {
    try {
      return Optional.of(Json.read(Files.readAllBytes(file(id, ".json")), StagedImage.class))
          .filter(known -> !known.whole() || Files.exists(image(id)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  /**
   * All images, the oldest first. A note that cannot be understood is passed over: one image that
   * is damaged must not stop the others.
   */
  public List<StagedImage> all() throws IOException {
    var found = new ArrayList<StagedImage>();
    for (Path file : files(".json")) {
      String name = String.valueOf(file.getFileName());
      try {
        find(name.substring(0, name.length() - ".json".length())).ifPresent(found::add);
      } catch (IllegalArgumentException e) {
        LOG.atWarn()
            .log(
                "{} is passed over, remove it with the image beside it if no copy needs it: {}",
                file,
                e.getMessage());
      }
    }
    found.sort(Comparator.comparing(StagedImage::began).thenComparing(StagedImage::id));
    return found;
  }

  /** The files of the folder whose names end so. */
  List<Path> files(String ending) throws IOException {
    try (Stream<Path> files = Files.list(settings.folder())) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).endsWith(ending))
          .sorted()
          .toList();
    }
  }

  /** The file of a whole image, or of one that will be. */
  Path image(String id) {
    return file(id, IMAGE);
  }

  private Path file(String id, String ending) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("Expected the id of a staged image, but got " + id);
    }
    return settings.folder().resolve(id + ending);
  }

  /**
   * Begins an image, or goes on with one.
   *
   * @return empty while another process, or another effect of this one, writes it
   */
  public Optional<Writing> begin(StagedImage about) throws IOException {
    LockFile lock;
    try {
      lock = lock(about.id());
    } catch (InUseException e) {
      return Optional.empty();
    }
    Writing writing = null;
    try {
      StagedImage known = known(about.id());
      boolean late = room.awaited(about.id());
      // A note of one whose turn it is not would make the older one look less than alone.
      if (known == null && !late) {
        note(about);
      }
      // What has work in it yields only where there is no room at all.
      boolean full = late && (known == null || room.full());
      writing =
          new Writing(known == null ? about : known, lock, late || room.shared(about.id()), full);
      return Optional.of(writing);
    } finally {
      if (writing == null) {
        lock.close();
      }
    }
  }

  private LockFile lock(String id) throws IOException {
    return locks.take(file(id, ".lock"), image(id));
  }

  /** What is known of an image; null where that is nothing, or cannot be understood. */
  private @Nullable StagedImage known(String id) throws IOException {
    try {
      return find(id).orElse(null);
    } catch (IllegalArgumentException e) {
      // Its journal still says what is durable; whether its source vouched for it was in the note.
      LOG.atWarn()
          .log("{} is damaged, the image is begun anew: {}", file(id, ".json"), e.getMessage());
      return null;
    }
  }

  private void note(StagedImage image) throws IOException {
    Path file = file(image.id(), ".json");
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try (FileChannel out =
        FileChannel.open(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer left = ByteBuffer.wrap(Json.write(image));
      // A full file system takes a part of it, and only then says that it is full.
      while (left.hasRemaining()) {
        out.write(left);
      }
      out.force(true);
    }
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Removes an image and all that is known of it; one that is not there is no error. The lock stays
   * with who has it, and goes with it.
   */
  public void remove(String id) throws IOException {
    Conversion.forget(image(id), file(id, ".journal"));
    for (String ending : List.of(IMAGE, ".json", ".json.next", StagingRoom.WAITS)) {
      Files.deleteIfExists(file(id, ending));
    }
    Path left = file(id, ".lock");
    if (Files.exists(left)) {
      try {
        // What a process left that died.
        lock(id).close();
      } catch (InUseException e) {
        // Whoever writes it finds it gone, and takes the lock along.
        return;
      } catch (FileAlreadyExistsException e) {
        LOG.warn("{} is no lock of ours and stays: see who made it", left);
      } catch (FileSystemException | ClosedByInterruptException e) {
        // It was not even asked for.
        throw e;
      } catch (IOException e) {
        // Without locks nobody writes here.
        Files.deleteIfExists(left);
      }
    }
  }

  /** Stops serving; the folder stays as it is. */
  @Override
  public void close() {
    server.close();
  }

  /** The right to write one image, held by one process at a time. */
  public final class Writing implements AutoCloseable {
    private static final long LOOK_NANOS = 500_000_000;
    private static final long TELL_NANOS = 30_000_000_000L;

    private final LockFile lock;
    private StagedImage about;
    private long lookedAt = System.nanoTime() - LOOK_NANOS;
    private volatile boolean full;
    private volatile boolean shared;
    private final boolean waited;
    private long toldAt = System.nanoTime();

    private Writing(StagedImage about, LockFile lock, boolean shared, boolean full) {
      this.about = about;
      this.lock = lock;
      this.shared = shared;
      this.full = full;
      waited = Files.exists(file(about.id(), StagingRoom.WAITS));
      if (waited) {
        room.waits(about.id());
      }
    }

    /** What is known of the image. */
    public StagedImage about() {
      return about;
    }

    /** Where it will be when it is whole. */
    public Path image() {
      return Staging.this.image(about.id());
    }

    /** What remembers how far it is. */
    public Path journal() {
      return file(about.id(), ".journal");
    }

    /**
     * Whether the folder is full, looked at twice a second at most, or what was left in it when
     * this one began is kept for an older image.
     */
    public synchronized boolean full() {
      long now = System.nanoTime();
      if (!full && now - lookedAt >= LOOK_NANOS) {
        lookedAt = now;
        try {
          shared = shared || room.shared(about.id());
          full = room.full();
          if (waited && now - toldAt >= TELL_NANOS) {
            toldAt = now;
            room.waits(about.id());
          }
        } catch (IOException e) {
          // The writer meets the same trouble, and says which.
          return false;
        }
      }
      return full;
    }

    /** What it shall do now that it found no room. */
    public StagingRoom.Full onFull() throws IOException {
      return room.onFull(about.id(), shared);
    }

    /**
     * Ends what an earlier attempt had read to its end and had {@link #vouched}, without the
     * source. What was read to its end and not compared any more is {@link #spoil spoiled}: the
     * lease that could vouch for it is gone.
     *
     * @param sink as it was then
     * @param size guest-visible bytes
     * @param key as the journal was begun with
     * @return empty where the source is needed
     */
    public Optional<ConversionResult> recover(ResumableSink sink, long size, String key)
        throws IOException {
      Optional<ConversionResult> ended = Conversion.recover(sink, image(), size, journal(), key);
      if (ended.isPresent() && about.vouched() == null) {
        spoil();
        return Optional.empty();
      }
      return ended;
    }

    /** Removes the image and its journal: what was read must be read again. */
    public void spoil() throws IOException {
      Files.deleteIfExists(image());
      Conversion.forget(image(), journal());
    }

    /**
     * Notes what the source's manifest says of the stream that was read to its end; null: a stream
     * begins to be read, and nothing is known of it.
     */
    public void vouched(StagedImage.@Nullable Vouched manifest) throws IOException {
      if (!Objects.equals(about.vouched(), manifest)) {
        about = about.with(manifest);
        note(about);
      }
    }

    /** Notes that the image is whole. Only then does its journal go. */
    public StagedImage finish(StagedImage.Content content) throws IOException {
      about = about.with(content);
      note(about);
      Files.deleteIfExists(journal());
      Files.deleteIfExists(file(about.id(), StagingRoom.WAITS));
      return about;
    }

    /** {@code sha256:hex} of the image file, as CDI compares it. */
    public String checksum() throws IOException {
      try (InputStream in = Files.newInputStream(image())) {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        byte[] piece = new byte[1 << 20];
        for (int got = in.read(piece); got >= 0; got = in.read(piece)) {
          sha.update(piece, 0, got);
        }
        return "sha256:" + HexFormat.of().formatHex(sha.digest());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("A JDK without SHA-256", e);
      }
    }

    @Override
    public void close() throws IOException {
      lock.close();
    }
  }
}
