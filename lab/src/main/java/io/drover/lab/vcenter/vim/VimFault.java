// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

/** A fault as vCenter words it: a typed MethodFault with a sentence for people. */
public final class VimFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient VimObject detail;

  /** A fault of the given detail, whose type names it. */
  public VimFault(VimObject detail, String message) {
    super(message, null, false, false);
    this.detail = detail;
  }

  /** A fault that has no fields beside its type. */
  public static VimFault of(String type, String message) {
    return new VimFault(VimObject.sub(type), message);
  }

  public static VimFault invalidArgument(String property, String message) {
    return new VimFault(
        VimObject.sub("InvalidArgument").with("invalidProperty", property), message);
  }

  public static VimFault notSupported(String message) {
    return of("NotSupported", "The operation is not supported on the object. " + message);
  }

  public static VimFault notFound(Moref ref) {
    return new VimFault(
        VimObject.sub("ManagedObjectNotFound").with("obj", ref),
        "The object '"
            + ref.type()
            + ":"
            + ref.value()
            + "' has already been deleted or has not been completely created");
  }

  public static VimFault invalidProperty(String path) {
    return new VimFault(
        VimObject.sub("InvalidProperty").with("name", path),
        "The property '" + path + "' is not known.");
  }

  public static VimFault invalidPowerState(String requested, String existing) {
    return new VimFault(
        VimObject.sub("InvalidPowerState")
            .withEnum("requestedState", "VirtualMachinePowerState", requested)
            .withEnum("existingState", "VirtualMachinePowerState", existing),
        "The attempted operation cannot be performed in the current state ("
            + spoken(existing)
            + ").");
  }

  public static VimFault taskInProgress(Moref task) {
    return new VimFault(
        VimObject.sub("TaskInProgress").with("task", task), "Another task is already in progress.");
  }

  public VimObject detail() {
    return detail;
  }

  public String type() {
    return detail.type();
  }

  /** The fault as a LocalizedMethodFault, as tasks and leases carry it. */
  public VimObject localized() {
    return VimObject.of("LocalizedMethodFault")
        .with("fault", detail)
        .with("localizedMessage", getMessage());
  }

  private static String spoken(String powerState) {
    return switch (powerState) {
      case "poweredOn" -> "Powered on";
      case "poweredOff" -> "Powered off";
      default -> powerState;
    };
  }
}
