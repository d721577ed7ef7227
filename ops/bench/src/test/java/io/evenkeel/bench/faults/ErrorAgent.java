package io.evenkeel.bench.faults;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Plants one Error at a time in the process of a node, from outside: the next thread whose name matches and that calls a method throws it
 * at the begin of that method. Then it waits for a thread of such a name to call another method, which shows that the work goes
 * on. {@link ErrorPlanter} loads it and reads how far it is.
 */
public final class ErrorAgent {
    /** System property of the node: {@code armed}, then {@code thrown}, then {@code on} with the milliseconds between these. */
    static final String STATE = "evenkeel.test.planted-error";

    private static final Set<String> PREPARED = new HashSet<>();

    private static Pattern thread = Pattern.compile("");
    private static String throwing = "";
    private static String goesOn = "";
    private static String state = "";
    private static long thrownNanos;

    private ErrorAgent() {}

    /** @param order the pattern of the name, the method that throws, the one that shows that the work goes on, with tabs between */
    public static void agentmain(String order, Instrumentation instrumentation) throws Exception {
        String[] parts = order.split("\t", -1);
        prepare(parts[1], instrumentation);
        prepare(parts[2], instrumentation);
        synchronized (ErrorAgent.class) {
            thread = Pattern.compile(parts[0]);
            throwing = parts[1];
            goesOn = parts[2];
            become("armed");
        }
    }

    /** Called by the methods that are prepared. */
    public static synchronized void pass(String method) {
        if (state.equals("armed") && method.equals(throwing) && isOneOfThose()) {
            thrownNanos = System.nanoTime();
            become("thrown");
            throw new InternalError("planted");
        }
        if (state.equals("thrown") && method.equals(goesOn) && isOneOfThose()) {
            become("on " + (System.nanoTime() - thrownNanos) / 1_000_000);
        }
    }

    private static boolean isOneOfThose() {
        return thread.matcher(Thread.currentThread().getName()).find();
    }

    private static void become(String next) {
        state = next;
        System.setProperty(STATE, next);
    }

    private static void prepare(String place, Instrumentation instrumentation) throws Exception {
        if (!PREPARED.add(place)) {
            return;
        }
        String[] parts = place.split("#", -1);
        Class<?> owner = Class.forName(parts[0], false, ClassLoader.getSystemClassLoader());
        ClassFileTransformer transformer = new ClassFileTransformer() {
            @Override
            public byte[] transform(
                    ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] octets) {
                return owner.equals(redefined) ? calling(octets, parts[1], place) : octets;
            }
        };
        instrumentation.addTransformer(transformer, true);
        instrumentation.retransformClasses(owner);
    }

    private static byte[] calling(byte[] octets, String method, String place) {
        ClassFile file = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(ClassLoader.getSystemClassLoader())));
        CodeTransform first = new CodeTransform() {
            @Override
            public void atStart(CodeBuilder code) {
                code.loadConstant(place)
                        .invokestatic(
                                ClassDesc.of(ErrorAgent.class.getName()),
                                "pass",
                                MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String));
            }

            @Override
            public void accept(CodeBuilder code, CodeElement element) {
                code.with(element);
            }
        };
        return file.transformClass(
                file.parse(octets),
                ClassTransform.transformingMethodBodies(
                        model -> model.methodName().equalsString(method), first));
    }
}
