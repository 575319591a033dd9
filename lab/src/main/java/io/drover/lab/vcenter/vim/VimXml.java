// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers and faults as a vCenter 8.0 writes them (SOAP 1.1, namespace urn:vim25). A client
 * that asks for an older API version by its SOAPAction gets no field and no type that is newer, as
 * from a real vCenter.
 */
public final class VimXml {
  private static final String HEAD =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          + "<soapenv:Envelope xmlns:soapenc=\"http://schemas.xmlsoap.org/soap/encoding/\""
          + " xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\""
          + " xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\""
          + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n<soapenv:Body>\n";
  private static final String TAIL = "\n</soapenv:Body>\n</soapenv:Envelope>";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT);

  /** Fields that came with an API version after 6.0, and which. */
  private static final Map<String, String> FIELD_SINCE =
      Map.ofEntries(
          Map.entry("VirtualMachineBootOptions.efiSecureBootEnabled", "6.5"),
          Map.entry("VirtualMachineConfigInfo.keyId", "6.5"),
          Map.entry("VirtualMachineRuntimeInfo.cryptoState", "6.7"),
          Map.entry("VirtualMachineFlagInfo.vbsEnabled", "6.7"),
          Map.entry("VirtualMachineConfigSummary.tpmPresent", "6.7"),
          Map.entry("VirtualMachineConfigInfo.sevEnabled", "7.0"),
          Map.entry("VirtualDiskFlatVer2BackingInfo.keyId", "6.5"),
          Map.entry("ServiceContent.cryptoManager", "6.5"),
          Map.entry("ServiceContent.vStorageObjectManager", "6.5"),
          Map.entry("ServiceContent.healthUpdateManager", "6.5"),
          Map.entry("ServiceContent.failoverClusterConfigurator", "6.5"),
          Map.entry("ServiceContent.failoverClusterManager", "6.5"),
          Map.entry("ServiceContent.tenantManager", "6.9"),
          Map.entry("ServiceContent.storageQueryManager", "6.7"),
          Map.entry("ServiceContent.siteInfoManager", "7.0"),
          Map.entry("GuestDiskInfo.filesystemType", "7.0"),
          Map.entry("GuestDiskInfo.mappings", "7.0"),
          Map.entry("GuestInfo.guestDetailedData", "8.0"));

  /** Types that came after 6.0, and the type an older client sees in their place. */
  private static final Map<String, String> TYPE_BEFORE =
      Map.of("VirtualNVMEController", "VirtualController", "VirtualTPM", "VirtualDevice");

  private final StringBuilder out = new StringBuilder(2048);
  private final double api;

  /** Writes for a client of the given API version; null means the newest. */
  public VimXml(@Nullable String apiVersion) {
    this.api = apiVersion == null ? 99 : number(apiVersion);
  }

  private static double number(String version) {
    String[] parts = version.split("\\.");
    try {
      return Double.parseDouble(parts.length > 1 ? parts[0] + "." + parts[1] : parts[0]);
    } catch (NumberFormatException e) {
      return 99;
    }
  }

  /** The answer of a method: nothing, one value, or a VimArray as one returnval for each item. */
  public String answer(String method, @Nullable Object returned) {
    out.append(HEAD).append('<').append(method).append("Response xmlns=\"urn:vim25\">");
    if (returned != null) {
      field("returnval", returned);
    }
    out.append("</").append(method).append("Response>").append(TAIL);
    return out.toString();
  }

  /** A fault in the form that goes with HTTP status 500. */
  public String fault(VimFault fault) {
    out.append(HEAD).append("<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>");
    text(String.valueOf(fault.getMessage()));
    out.append("</faultstring><detail><")
        .append(fault.type())
        .append("Fault xmlns=\"urn:vim25\" xsi:type=\"");
    out.append(fault.type()).append("\">");
    fields(fault.detail());
    out.append("</").append(fault.type()).append("Fault></detail></soapenv:Fault>").append(TAIL);
    return out.toString();
  }

  private void field(String name, Object value) {
    switch (value) {
      case VimArray array -> {
        for (Object item : array.items()) {
          field(name, item);
        }
      }
      case VimAny any -> any(name, any.value());
      case VimObject object -> {
        open(name, object.subtype() ? shownType(object.type()) : null);
        fields(object);
        close(name);
      }
      case Moref ref -> {
        out.append('<').append(name).append(" type=\"").append(ref.type()).append("\">");
        text(ref.value());
        close(name);
      }
      default -> {
        open(name, null);
        text(scalar(value));
        close(name);
      }
    }
  }

  private void any(String name, Object value) {
    switch (value) {
      case VimArray array -> {
        open(name, "ArrayOf" + capital(array.elementType()));
        String item = array.elementType();
        boolean scalar = Character.isLowerCase(item.charAt(0));
        for (Object each : array.items()) {
          if (each instanceof Moref ref) {
            out.append("<ManagedObjectReference type=\"")
                .append(ref.type())
                .append("\" xsi:type=\"ManagedObjectReference\">");
            text(ref.value());
            close("ManagedObjectReference");
          } else if (scalar) {
            any(item, each);
          } else {
            field(item, each);
          }
        }
        close(name);
      }
      case VimObject object -> {
        open(name, shownType(object.type()));
        fields(object);
        close(name);
      }
      case Moref ref -> {
        out.append('<')
            .append(name)
            .append(" type=\"")
            .append(ref.type())
            .append("\" xsi:type=\"ManagedObjectReference\">");
        text(ref.value());
        close(name);
      }
      default -> {
        open(name, scalarType(value));
        text(scalar(value));
        close(name);
      }
    }
  }

  private void fields(VimObject object) {
    object
        .fields()
        .forEach((name, value) -> {
          String since = FIELD_SINCE.get(object.type() + "." + name);
          if (since == null || number(since) <= api) {
            field(name, value);
          }
        });
  }

  private String shownType(String type) {
    String before = api < 6.5 ? TYPE_BEFORE.get(type) : null;
    return before == null ? type : before;
  }

  private void open(String name, @Nullable String type) {
    out.append('<').append(name);
    if (type != null) {
      out.append(" xsi:type=\"").append(type).append('"');
    }
    out.append('>');
  }

  private void close(String name) {
    out.append("</").append(name).append('>');
  }

  private static String capital(String name) {
    return Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  private static String scalarType(Object value) {
    return switch (value) {
      case Boolean b -> "xsd:boolean";
      case Integer i -> "xsd:int";
      case Long l -> "xsd:long";
      case Short s -> "xsd:short";
      case Byte b -> "xsd:byte";
      case Float f -> "xsd:float";
      case Double d -> "xsd:double";
      case Instant i -> "xsd:dateTime";
      case byte[] b -> "xsd:base64Binary";
      case VimEnum e -> e.type();
      default -> "xsd:string";
    };
  }

  private static String scalar(Object value) {
    return switch (value) {
      case Instant instant -> TIME.format(instant.atOffset(ZoneOffset.UTC));
      case byte[] bytes -> Base64.getEncoder().encodeToString(bytes);
      default -> value.toString();
    };
  }

  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '&' -> out.append("&amp;");
        case '"' -> out.append("&quot;");
        case '\r' -> out.append("&#13;");
        // XML 1.0 cannot carry other control characters at all
        default -> out.append(c < 0x20 && c != '\t' && c != '\n' ? '?' : c);
      }
    }
  }
}
