// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong at a vCenter, as a kind that a program can act on and a sentence that a person
 * can. Every method of this package that talks to a server throws it, and nothing else.
 */
public final class VSphereFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The kinds that call for different actions. */
  public enum Kind {
    /** The user or the password is wrong. */
    INVALID_LOGIN,
    /** The session ended; seen only when logging in again did not help. */
    NOT_AUTHENTICATED,
    /** The object changed since it was read: the compare-and-set was refused. */
    CONCURRENT_ACCESS,
    /** The virtual machine is not in the power state that the call needs. */
    INVALID_POWER_STATE,
    /** The object does not exist any more. */
    MANAGED_OBJECT_NOT_FOUND,
    /** Another task holds the object. */
    TASK_IN_PROGRESS,
    /** The object is not in a state that allows the call. */
    INVALID_STATE,
    /** The account lacks a privilege. */
    NO_PERMISSION,
    /** A file is held by someone else. */
    FILE_LOCKED,
    /** The ESXi host does not answer its vCenter. */
    HOST_NOT_CONNECTED,
    /** VMware Tools is not running in the guest. */
    TOOLS_UNAVAILABLE,
    /** The guest's applications or file systems could not be brought to rest for a snapshot. */
    QUIESCE_FAILED,
    /** The server refuses or does not know the operation for this object. */
    NOT_SUPPORTED,
    /** The server refuses what was asked as malformed. */
    INVALID_ARGUMENT,
    /** The state that a watch wanted to go on from is gone. */
    INVALID_COLLECTOR_VERSION,
    /** Someone cancelled the task, or the calling thread was interrupted. */
    CANCELLED,
    /** The deadline passed. */
    TIMEOUT,
    /** No connection, or it broke. */
    UNREACHABLE,
    /** The server answers but is not ready, as while it starts. */
    UNAVAILABLE,
    /** The server's certificate is not the one trusted. */
    CERTIFICATE,
    /** The answer could not be understood, or ended too early. */
    PROTOCOL,
    /** Any other fault; see {@link #vimType()}. */
    OTHER
  }

  private static final Map<String, Kind> KINDS =
      Map.ofEntries(
          Map.entry("InvalidLogin", Kind.INVALID_LOGIN),
          Map.entry("NotAuthenticated", Kind.NOT_AUTHENTICATED),
          Map.entry("ConcurrentAccess", Kind.CONCURRENT_ACCESS),
          Map.entry("InvalidPowerState", Kind.INVALID_POWER_STATE),
          Map.entry("ManagedObjectNotFound", Kind.MANAGED_OBJECT_NOT_FOUND),
          Map.entry("TaskInProgress", Kind.TASK_IN_PROGRESS),
          Map.entry("InvalidState", Kind.INVALID_STATE),
          Map.entry("NoPermission", Kind.NO_PERMISSION),
          Map.entry("FileLocked", Kind.FILE_LOCKED),
          Map.entry("HostNotConnected", Kind.HOST_NOT_CONNECTED),
          Map.entry("HostNotReachable", Kind.HOST_NOT_CONNECTED),
          Map.entry("HostCommunication", Kind.HOST_NOT_CONNECTED),
          Map.entry("ToolsUnavailable", Kind.TOOLS_UNAVAILABLE),
          Map.entry("ApplicationQuiesceFault", Kind.QUIESCE_FAILED),
          Map.entry("FilesystemQuiesceFault", Kind.QUIESCE_FAILED),
          Map.entry("NotSupported", Kind.NOT_SUPPORTED),
          Map.entry("NotImplemented", Kind.NOT_SUPPORTED),
          Map.entry("MethodNotFound", Kind.NOT_SUPPORTED),
          Map.entry("InvalidArgument", Kind.INVALID_ARGUMENT),
          Map.entry("InvalidRequest", Kind.INVALID_ARGUMENT),
          Map.entry("InvalidCollectorVersion", Kind.INVALID_COLLECTOR_VERSION),
          Map.entry("RequestCanceled", Kind.CANCELLED),
          Map.entry("Timedout", Kind.TIMEOUT));

  private final Kind kind;
  private final @Nullable String vimType;
  private final String said;
  private final String remedy;
  private boolean outcomeUnknown;
  private @Nullable Moref task;
  private @Nullable Duration retryAfter;

  VSphereFault(Kind kind, String message, String remedy) {
    this(kind, null, message, remedy, null);
  }

  VSphereFault(Kind kind, String message, String remedy, @Nullable Throwable cause) {
    this(kind, null, message, remedy, cause);
  }

  private VSphereFault(
      Kind kind,
      @Nullable String vimType,
      String message,
      String remedy,
      @Nullable Throwable cause) {
    super(told(message) + (remedy.isEmpty() ? "" : ". " + remedy), cause);
    this.kind = kind;
    this.vimType = vimType;
    this.said = told(message);
    this.remedy = remedy;
  }

  /** Without what follows an object's session: of a lease, that opens its disks. */
  private static String told(String message) {
    return message.replaceAll("(session\\[[^\\]]*\\])[0-9A-Za-z-]+", "$1");
  }

  /** The same, to be thrown by another call that need not be made to know it. */
  VSphereFault again() {
    return new VSphereFault(kind, vimType, said, remedy, this);
  }

  /** A fault that vCenter named; its kind is that of the nearest ancestor known here. */
  static VSphereFault named(String vimType, String message) {
    Kind kind = kindOf(vimType);
    return new VSphereFault(kind, vimType, message + " (" + vimType + ")", remedyFor(kind), null);
  }

  /** As {@link #named(String, String)}; of what is not permitted it says which privilege lacks. */
  static VSphereFault named(String vimType, String message, VimData detail) {
    Kind kind = kindOf(vimType);
    String lacking = kind == Kind.NO_PERMISSION ? lacking(detail) : "";
    return lacking.isEmpty()
        ? named(vimType, message)
        : new VSphereFault(
            kind,
            vimType,
            message + " (" + vimType + "); the account lacks " + lacking,
            "Grant it to the account there, or with propagation above it",
            null);
  }

  /** One privilege on one object, or, since vSphere 7.0 U3, several on each of several. */
  private static String lacking(VimData detail) {
    var each = new ArrayList<String>();
    detail
        .each("missingPrivileges")
        .forEach(one ->
            each.add(
                one.each("privilegeIds").map(VimData::text).collect(Collectors.joining(", "))
                    + on(one.moref("entity"))));
    if (each.isEmpty() && detail.at("privilegeId").present()) {
      each.add(detail.text("privilegeId") + on(detail.moref("object")));
    }
    return String.join(", ", each);
  }

  private static String on(Optional<Moref> object) {
    return object.map(moref -> " on " + moref.type() + " " + moref.id()).orElse("");
  }

  private static Kind kindOf(String vimType) {
    Kind kind = KINDS.get(vimType);
    Class<?> known = kind == null ? VimTypes.find(vimType) : null;
    while (kind == null && known != null) {
      kind = KINDS.get(known.getSimpleName());
      known = known.getSuperclass();
    }
    return kind == null ? Kind.OTHER : kind;
  }

  private static String remedyFor(Kind kind) {
    return switch (kind) {
      case INVALID_LOGIN ->
          "Check user and password; a local account is written name@domain, such as"
              + " drover@vsphere.local";
      case NO_PERMISSION -> "Grant the missing privilege to the account on this object";
      case HOST_NOT_CONNECTED -> "Reconnect the ESXi host in vCenter";
      case TOOLS_UNAVAILABLE -> "Start VMware Tools in the guest, or allow a hard power-off";
      case QUIESCE_FAILED ->
          "See the guest's own log for what did not come to rest (a VSS writer of Windows, a freeze"
              + " script), or let the snapshot be taken without quiescing";
      default -> "";
    };
  }

  /** What kind of trouble it is. */
  public Kind kind() {
    return kind;
  }

  /** The vSphere name of the fault, such as {@code InvalidPowerState}, if the server named one. */
  public Optional<String> vimType() {
    return Optional.ofNullable(vimType);
  }

  /** What happened, without the remedy, which the message has, too. */
  public String said() {
    return said;
  }

  /** What a person can do about it, in sentences; empty when there is nothing general to say. */
  public String remedy() {
    return remedy.isEmpty() || remedy.endsWith(".") ? remedy : remedy + ".";
  }

  /**
   * Whether the request may have been carried out, now or later, although no answer was seen: look
   * at the world before asking again.
   */
  public boolean outcomeUnknown() {
    return outcomeUnknown;
  }

  /** The task that was still running or failed, if the fault came from one. */
  public Optional<Moref> task() {
    return Optional.ofNullable(task);
  }

  /** How long the server asked to be left alone, if it did; five minutes at most. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  VSphereFault withUnknownOutcome() {
    outcomeUnknown = true;
    return this;
  }

  VSphereFault withTask(Moref of) {
    task = of;
    return this;
  }

  VSphereFault withRetryAfter(@Nullable Duration of) {
    retryAfter = of;
    return this;
  }
}
